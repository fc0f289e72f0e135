# JupyterHub, and what a user's server needs: JupyterLab for users, a kernel for the staging service.
# A new volume at /storage/users gets the owner of that folder, which is the user of the staging service.
FROM quay.io/jupyterhub/jupyterhub:6.1.1
RUN PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --no-cache-dir \
        jupyter_server==2.21.1 ipykernel==7.4.0 jupyterlab==4.6.6 \
 && install -d -o 1000 -g 1000 /srv/jupyterhub /srv/jupyterhub/users \
 && install -d -o 10001 -g 10001 /storage/users
# The user has no name in this image, but Python needs one.
ENV HOME=/srv/jupyterhub LOGNAME=jupyterhub
USER 1000:1000
CMD ["jupyterhub", "--config", "/etc/jupyterhub/jupyterhub_config.py"]
