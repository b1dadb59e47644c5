"""The one error of this package."""


class GeoError(Exception):
    """A function here was asked something it cannot answer: an unknown coordinate system, a file GDAL refuses."""
