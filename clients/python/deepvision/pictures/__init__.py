"""Pictures of activations: contact sheets of one layer, overviews of a network.

Needs Pillow (`pip install "deepvision[cli]"`).
"""

from deepvision.pictures.overview import Card, overview
from deepvision.pictures.sheet import LayerInfo, contact_sheet
from deepvision.pictures.theme import THEMES

__all__ = ["THEMES", "Card", "LayerInfo", "contact_sheet", "overview"]
