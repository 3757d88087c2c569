"""From images to products."""
