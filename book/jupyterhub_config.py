"""JupyterHub for a class on one host: the course lies there once, and each student has her own workbook.

Copy this file and run as root ``jupyterhub --config jupyterhub_config.py`` from the environment in which the
course is installed. The page on teaching says what to install before, and what was tried.
"""

import sys

# the Python with the course; for The Littlest JupyterHub: "/opt/tljh/user/bin/python"
PYTHON = sys.executable

c = get_config()  # noqa: F821

# The hub answers this machine alone: put a web server with a certificate before it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
# Those may come who have an account on this machine, with its password, and belong to this group.
c.LocalAuthenticator.allowed_groups = {"students"}

# Each server first makes or completes its student's workbook, in her home and as herself; what she wrote is
# never touched. (-P: a file of hers that is called random.py does not come before Python's.)
c.Spawner.cmd = [PYTHON, "-P", "-m", "matnn_lab.course.hub"]
# A class shares the processor: with one thread each nobody waits for another's threads.
c.Spawner.environment = {"OMP_NUM_THREADS": "1"}
# A class comes in the same minute, and a small machine needs a while to start all servers.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.Spawner.args = [
    # her kernel talks to her server through files that only she can open, not through ports of the machine
    "--KernelManager.transport=ipc",
    # a notebook that no browser shows any more gives its memory back after an hour, a server after two
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--ServerApp.shutdown_no_activity_timeout=7200",
]
