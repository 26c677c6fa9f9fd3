"""What is written down in the end: a model card with its decisions."""
