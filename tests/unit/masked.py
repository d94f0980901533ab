"""What stands for the values of settings in the unit tests."""

from gantry.promotion.masking import Masking

MASKING = Masking(lambda: b"a key of the tests")
