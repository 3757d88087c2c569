"""From images as agencies ship them to backscatter and NDVI on the cells of a user."""
