"""All that draws; a file is named as the figure that `ldas plot --figure` takes."""
