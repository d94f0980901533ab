"""What the SDK itself knows of ECS."""

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.unit.targets.fake_client import Answer


def require_valid(operation: str, request: Answer) -> None:
    """Refuse a call that the SDK would not send."""
    shape = _model().operation_model(operation).input_shape
    assert shape
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")
