"""What the libraries under the stand-in lack or do differently from AWS. Each repair is a module.

A repair says which behaviour of AWS it restores and where AWS documents it, and has a contract test. Repairs replace
private parts of the exact versions that `pyproject.toml` pins.
"""

from sandbox.stand_in.repairs import builds, cloudtrail, template_conditions
from sandbox.stand_in.repairs.cloudwatch import alarm_changes, alarm_evaluation, derived_metrics, metric_data
from sandbox.stand_in.repairs.ecr import downloads, layers, push_events, replication
from sandbox.stand_in.repairs.ecr import images as ecr_images
from sandbox.stand_in.repairs.ecs import one_off_tasks, secrets, service_deployments, services, task_definitions
from sandbox.stand_in.repairs.ecs import templates as ecs_templates
from sandbox.stand_in.repairs.engine import (
    calls,
    data_limit,
    definitions,
    error_names,
    executions,
    failed_iterations,
    history_limit,
    jsonata,
    parameters,
    request_lengths,
    role_checks,
    status_events,
    stopping,
    task_tokens,
    waits,
)
from sandbox.stand_in.repairs.events import bus_policies, delivery, entry_sizes, schedules
from sandbox.stand_in.repairs.functions import (
    aliases,
    concurrency,
    dead_letters,
    endings,
    iam_actions,
    images,
    inactivity,
    metrics,
    payloads,
    provisioned,
    publishing,
    request_rates,
    states,
    workers,
    zips,
)
from sandbox.stand_in.repairs.http_api import custom_domain, payload, routes, signatures, stages, tokens
from sandbox.stand_in.repairs.iam import (
    bucket_callers,
    ecs_requests,
    leading_keys,
    mail_senders,
    parameter_names,
    passed_roles,
    policy_variables,
    resource_accounts,
    resource_arns,
    role_paths,
    secure_transport,
    sessions,
    simulations,
)
from sandbox.stand_in.repairs.load_balancers import forwarding
from sandbox.stand_in.repairs.load_balancers import requests as load_balancer_requests
from sandbox.stand_in.repairs.load_balancers import templates as load_balancer_templates
from sandbox.stand_in.repairs.logs import json_patterns, metric_filters
from sandbox.stand_in.repairs.mail import sending_events
from sandbox.stand_in.repairs.rest_api import deployments, imports, integrations, rates, requests, snapshots, templates
from sandbox.stand_in.repairs.rest_api import stages as rest_api_stages
from sandbox.stand_in.repairs.s3 import (
    conditional_copies,
    copied_tags,
    copy_checksums,
    event_versions,
    foreign_sources,
    missing_objects,
)
from sandbox.stand_in.settings import Settings

# If several repairs replace the same part, the last one runs first.
REPAIRS = (
    jsonata,
    parameters,
    error_names,
    data_limit,
    history_limit,
    waits,
    executions,
    task_tokens,
    stopping,
    failed_iterations,
    request_lengths,
    status_events,
    calls,
    role_checks,
    definitions,
    workers,
    concurrency,
    payloads,
    request_rates,
    endings,
    dead_letters,
    iam_actions,
    publishing,
    states,
    images,
    zips,
    inactivity,
    aliases,
    provisioned,
    metrics,
    layers,
    downloads,
    ecr_images,
    replication,
    push_events,
    alarm_evaluation,
    alarm_changes,
    metric_data,
    derived_metrics,
    cloudtrail,
    builds,
    template_conditions,
    bus_policies,
    entry_sizes,
    delivery,
    schedules,
    routes,
    stages,
    payload,
    tokens,
    signatures,
    custom_domain,
    snapshots,
    rest_api_stages,
    deployments,
    imports,
    integrations,
    requests,
    rates,
    templates,
    task_definitions,
    services,
    service_deployments,
    json_patterns,
    metric_filters,
    forwarding,
    load_balancer_requests,
    load_balancer_templates,
    ecs_templates,
    secrets,
    one_off_tasks,
    resource_arns,
    ecs_requests,
    resource_accounts,
    bucket_callers,
    leading_keys,
    policy_variables,
    mail_senders,
    sending_events,
    role_paths,
    parameter_names,
    passed_roles,
    secure_transport,
    sessions,
    simulations,
    foreign_sources,
    copy_checksums,
    copied_tags,
    conditional_copies,
    event_versions,
    missing_objects,
)


def name_of(repair: object) -> str:
    """Return the name of a repair for `--without`, such as `engine.jsonata`."""
    return str(getattr(repair, "__name__", "")).removeprefix(f"{__name__}.")


def apply_all(settings: Settings, without: set[str]) -> None:
    """Apply all repairs except those in `without`."""
    unknown = without - {name_of(repair) for repair in REPAIRS}
    if unknown:
        raise ValueError(f"no such repair: {', '.join(sorted(unknown))}")
    for repair in REPAIRS:
        if name_of(repair) not in without:
            repair.apply(settings)
