"""How the course is shown: the Sphinx side of the site."""
