"""What the tests of the site share; ``browser`` and ``page`` come from ``tests/conftest.py``."""
