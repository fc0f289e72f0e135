"""A real JupyterHub for tests. jupyterhub.ts gives its ports, paths and tokens as JSON in HUB_SETTINGS.

The servers of users with these names never start (more may follow the word: "slow-1"):
failing  fails at once
slow     hangs; the hub gives up after the usual start timeout
late     hangs; the hub gives up after two seconds
"""

import asyncio
import ctypes
import json
import os
import signal
import sys

from jupyterhub.spawner import SimpleLocalProcessSpawner

settings = json.loads(os.environ['HUB_SETTINGS'])
PR_SET_PDEATHSIG = 1
HANGING = ('slow', 'late')
libc = ctypes.CDLL(None)


class LocalServer(SimpleLocalProcessSpawner):
    """Starts users' servers as processes that end with the hub, and fails on demand."""

    async def start(self):
        if self.user.name.startswith('failing'):
            raise RuntimeError('the image of this server does not exist')
        if self.user.name.startswith(HANGING):
            await asyncio.Event().wait()
        return await super().start()

    async def progress(self):
        yield {'progress': 10, 'message': f'Looking for a place to run the server of {self.user.name}'}
        if self.user.name.startswith('failing'):
            yield {'progress': 30, 'message': 'Failed to pull image "science:latest": not found'}
        elif self.user.name.startswith(HANGING):
            yield {'progress': 30, 'message': '0/3 nodes are available: insufficient memory'}
        else:
            yield {'progress': 50, 'message': 'Starting the server'}

    def make_preexec_fn(self, name):
        enter_home = super().make_preexec_fn(name)

        def preexec():
            # A server must not outlive a hub that was killed.
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            enter_home()

        return preexec


def prepare(spawner):
    os.makedirs(spawner.format_string(spawner.notebook_dir), exist_ok=True)
    if spawner.user.name.startswith('late'):
        spawner.start_timeout = 2


c = get_config()  # noqa: F821

c.JupyterHub.bind_url = f'http://127.0.0.1:{settings["port"]}'
c.JupyterHub.hub_bind_url = f'http://127.0.0.1:{settings["hubPort"]}'
c.JupyterHub.db_url = f'sqlite:///{settings["home"]}/jupyterhub.sqlite'
c.JupyterHub.cookie_secret_file = f'{settings["home"]}/cookie_secret'
c.JupyterHub.cleanup_servers = True
c.JupyterHub.tornado_settings = {'slow_spawn_timeout': settings['slowSpawnTimeoutSeconds']}
c.ConfigurableHTTPProxy.command = settings['proxyCommand']
c.ConfigurableHTTPProxy.api_url = f'http://127.0.0.1:{settings["proxyApiPort"]}'
c.ConfigurableHTTPProxy.auth_token = settings['proxyToken']
c.ConfigurableHTTPProxy.pid_file = f'{settings["home"]}/proxy.pid'

c.JupyterHub.authenticator_class = 'dummy'
c.Authenticator.allowed_users = {'alice', 'bob', 'failing', 'slow', 'late'}
c.Authenticator.allow_all = True

c.JupyterHub.services = [
    {'name': 'staging', 'api_token': settings['apiToken']},
    {'name': 'tests', 'api_token': settings['adminToken']},
]
c.JupyterHub.load_roles = [
    {
        'name': 'staging',
        'scopes': ['tokens', 'read:users', 'servers'],
        'services': ['staging'],
    },
    {'name': 'admin', 'services': ['tests']},
]

c.JupyterHub.spawner_class = LocalServer
# Without the optional check of international addresses in Jupyter's own events, which builds a parser for a second.
start = 'import sys; sys.modules["rfc3987_syntax"] = None; from jupyterhub.singleuser import main; main()'
c.Spawner.cmd = [sys.executable, '-c', start]
c.Spawner.args = ['--allow-root'] if os.getuid() == 0 else []
c.Spawner.start_timeout = settings['startTimeoutSeconds']
c.Spawner.pre_spawn_hook = prepare
c.Spawner.notebook_dir = f'{settings["home"]}/users/{{username}}/notebooks'
c.SimpleLocalProcessSpawner.home_dir_template = f'{settings["home"]}/users/{{username}}'
