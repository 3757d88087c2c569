"""Every place where something can be added by one file, here or in another package."""

from .plugin import Registry

LAND_MODELS = Registry(
    "ldas.land_models", "ldas.land_models", "MODEL", "land model", ("base", "control", "foreign")
)
FORCING_SOURCES = Registry("ldas.forcing_sources", "forcing.sources", "SOURCE", "forcing source")
OBSERVATION_TYPES = Registry(
    "ldas.observation_types", "observation_ops.operators", "TYPE", "observation type"
)
PRODUCT_READERS = Registry(
    "ldas.product_readers", "observation_ops.readers", "READER", "product reader"
)
PRODUCT_FAMILIES = Registry("ldas.presets", "observation_ops.presets", "PRESETS", "product family")
FILTERS = Registry("ldas.filters", "ldas.cycling.filters", "FILTER", "filter")
RETRIEVALS = Registry("ldas.retrievals", "ldas.imagery.methods", "RETRIEVAL", "retrieval")
FIGURES = Registry(
    "ldas.figures",
    "ldas.figures",
    "FIGURE",
    "figure",
    (
        "coverage",
        "figure",
        "image_maps",
        "land_cover",
        "maps",
        "probes",
        "score_boxes",
        "surface",
        "tools",
    ),
)
COMMANDS = Registry("ldas.commands", "ldas.commands", "COMMAND", "command")

ALL = (
    *(LAND_MODELS, FORCING_SOURCES, OBSERVATION_TYPES, PRODUCT_READERS, PRODUCT_FAMILIES),
    *(FILTERS, RETRIEVALS, FIGURES, COMMANDS),
)
