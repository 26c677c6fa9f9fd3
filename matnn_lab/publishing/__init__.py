"""How the course is shown: the Sphinx side of the site, and the commands that make it."""
