"""JupyterHub for a class on one host: the course lies there once, and each student has her own workbook.

Copy this file, set the two folders, and run as root ``jupyterhub --config jupyterhub_config.py``. The page
``teaching.md`` says what to install before, and what of it was tried.
"""

import sys
from pathlib import Path

COURSE = Path("/opt/matnn")  # the folder of the course; students read it, only root writes to it
PROGRAMS = Path(sys.prefix) / "bin"  # of the environment in which the course is installed

c = get_config()  # noqa: F821

# The hub answers this machine alone: put a web server with a certificate before it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
# Those may come who have an account on this machine, with its password, and belong to this group.
c.LocalAuthenticator.allowed_groups = {"students"}

# Before her server starts, the student makes or completes her workbook, so that it belongs to her. What
# she wrote is never touched. If it cannot be made, her server starts all the same.
WORKBOOK = "~/matnn-workbook"
c.Spawner.cmd = [
    *("sh", "-c"),
    f'mkdir -p {WORKBOOK}; "{PROGRAMS}/python" -P -m matnn_lab workbook {WORKBOOK}; '
    f'exec "{PROGRAMS}/jupyterhub-singleuser" "$@"',
    "sh",
]
c.Spawner.notebook_dir = WORKBOOK
c.Spawner.default_url = "/lab"
c.Spawner.environment = {
    # as `make lab` does it: no question about news, figures stored as data
    "JUPYTER_CONFIG_PATH": str(COURSE / "matnn_lab/course/jupyter"),
    "JUPYTER_PREFER_ENV_PATH": "1",
    "PLOTLY_RENDERER": "plotly_mimetype",
    # a class shares the processor: one thread each is faster for all
    "OMP_NUM_THREADS": "1",
}

# A class comes at the same minute, and a small machine needs a while to start all servers.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
# A notebook that no browser shows any more gives its memory back after an hour, a server after two.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--ServerApp.shutdown_no_activity_timeout=7200",
]
