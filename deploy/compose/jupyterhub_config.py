"""JupyterHub for compose.yaml: for trying out, as all users' servers run in its container and as one system user."""

from pathlib import Path

secrets = Path('/run/secrets')
home = Path('/srv/jupyterhub')

c = get_config()  # noqa: F821

c.JupyterHub.bind_url = 'http://:8000'
c.JupyterHub.db_url = f'sqlite:///{home}/jupyterhub.sqlite'
c.JupyterHub.cookie_secret_file = str(home / 'cookie_secret')
c.ConfigurableHTTPProxy.pid_file = '/tmp/proxy.pid'
# Servers are processes of this container and end with it.
c.JupyterHub.cleanup_servers = True

# Everybody logs in with one password. The two names are known from the start, so that data can be staged for them.
c.JupyterHub.authenticator_class = 'shared-password'
c.SharedPasswordAuthenticator.user_password = (secrets / 'jupyterhub_password').read_text().strip()
c.Authenticator.allow_all = True
c.Authenticator.allowed_users = {'alice', 'bob'}

# What the staging service may do: read about users, start their servers, and make tokens of users for their servers.
c.JupyterHub.services = [
    {'name': 'staging', 'api_token': (secrets / 'jupyterhub_api_token').read_text().strip()},
]
c.JupyterHub.load_roles = [
    {
        'name': 'staging',
        'scopes': ['tokens', 'read:users', 'servers'],
        'services': ['staging'],
    },
]


def make_notebook_folder(spawner):
    Path(spawner.format_string(spawner.notebook_dir)).mkdir(parents=True, exist_ok=True)


c.JupyterHub.spawner_class = 'simple'
c.Spawner.default_url = '/lab'
c.Spawner.notebook_dir = f'{home}/users/{{username}}/notebooks'
c.Spawner.pre_spawn_hook = make_notebook_folder
c.SimpleLocalProcessSpawner.home_dir_template = f'{home}/users/{{username}}'
