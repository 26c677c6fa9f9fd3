"""How JupyterLab is opened for the course: from its own environment, without asking the network."""

from __future__ import annotations

import os
from pathlib import Path

from matnn_lab.course.editions import environment
from matnn_lab.text import language


def lab_options(port: int | None = None) -> list[str]:
    """Give the command-line options for JupyterLab; without a port it takes a free one."""
    options = ["--LabApp.news_url=None", "--Application.log_level=WARN"]  # the address still shows
    options.append("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")
    if port is not None:
        options.append(f"--port={port}")
    # in a container everybody is root; only this computer can reach the lab, and only with its token
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return options


def running_lab(folder: Path) -> str:
    """Give the address of a lab that is open on a folder already; an empty text if there is none."""
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        if Path(server["root_dir"]).resolve() == Path(folder).resolve():
            return f"{server['url']}lab?token={server.get('token', '')}"
    return ""


def lab_environment() -> dict[str, str]:
    """Give the environment variables for JupyterLab and its kernels.

    JupyterLab's question about news is answered in ``jupyter/labconfig``; the reader's own settings
    still count. Figures are stored as data, which keeps plotly's script out of the notebooks.
    """
    config = [str(Path(__file__).with_name("jupyter")), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
        **environment(language()),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PLOTLY_RENDERER": "plotly_mimetype",
    }
