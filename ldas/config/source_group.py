"""The `&source` of `ldas retrieve`: a product that another one is made of."""

from ldas.core.settings import Strings, entry

from .product_entries import ProductEntries


class ProductSource(ProductEntries):
    """A product of surface soil moisture; one group for each."""

    name: str = entry(help="short name, used in messages", pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")
    files: Strings = entry(help="files of the product or patterns")
    max_distance: float = entry(
        1.0,
        "how far the nearest pixel may lie, where pixels are not finer than cells",
        "km",
        ge=0.0,
        le=500.0,
    )
