"""In which order a service asks what: pure; the texts decide, in `service.yml` (requirement C-08)."""

from __future__ import annotations

from cgu_archive.corpus.model import Profile, Service, SignUpField, SignUpStep

_ALWAYS = frozenset({SignUpStep.ADDRESS, SignUpStep.VERIFICATION, SignUpStep.PASSWORD, SignUpStep.ACCEPTANCE})


def profile_of(service: Service, slug: str | None) -> Profile | None:
    """Return the profile `slug`, or the only one that a service has; None when it is still to be chosen."""
    if len(service.profiles) == 1:
        return service.profiles[0]
    return next((one for one in service.profiles if one.slug == slug), None)


def fields(service: Service, slug: str | None) -> tuple[SignUpField, ...]:
    """Return what is asked of a profile; while none is chosen, what is asked of all of them."""
    profile = profile_of(service, slug)
    if profile is not None:
        return tuple(service.fields[name] for name in profile.fields)
    common = [set(one.fields) for one in service.profiles]
    asked = set.intersection(*common) if common else set()
    return tuple(field for name, field in service.fields.items() if name in asked)


def may_choose(profile: Profile, email: str) -> bool:
    """Whether a person who reads the mailbox `email` may have `profile` (requirement S-32)."""
    domain = email.rpartition("@")[2].casefold().rstrip(".")
    return not profile.email_domains or any(
        domain == one or domain.endswith(f".{one}") for one in profile.email_domains
    )


def pages(service: Service, slug: str | None) -> tuple[SignUpStep, ...]:
    """Return the steps at which a person has something to do, in the order of the service."""
    return tuple(step for step in service.signup_steps if _has_page(step, service, slug))


def _has_page(step: SignUpStep, service: Service, slug: str | None) -> bool:
    if step is SignUpStep.PROFILE:
        return len(service.profiles) > 1
    if step is SignUpStep.IDENTITY:
        unknown = profile_of(service, slug) is None and _comes_before(SignUpStep.PROFILE, step, service)
        return any(one.fields for one in service.profiles) if unknown else bool(fields(service, slug))
    return step in _ALWAYS


def _comes_before(one: SignUpStep, other: SignUpStep, service: Service) -> bool:
    order = service.signup_steps
    return one in order and other in order and order.index(one) < order.index(other)


def after(service: Service, slug: str | None, step: SignUpStep) -> SignUpStep | None:
    """Return the page that follows `step`; None after the last."""
    following = service.signup_steps[service.signup_steps.index(step) + 1 :]
    asked = pages(service, slug)
    return next((one for one in following if one in asked), None)


def account_step(service: Service, slug: str | None, step: SignUpStep) -> SignUpStep | None:
    """Return what is left to ask of who has an account, once `step` is done; None when nothing is.

    The conditions are asked at the door of the service, whenever a version of them must be accepted.
    """
    left = after(service, slug, step)
    return after(service, slug, left) if left is SignUpStep.ACCEPTANCE else left


def holds_back(service: Service, step: SignUpStep) -> bool:
    """Whether the conditions cannot be decided on while a person is at `step`."""
    return _comes_before(step, SignUpStep.ACCEPTANCE, service)


def is_reached(service: Service, slug: str | None, step: SignUpStep, standing: SignUpStep) -> bool:
    """Whether a person at the step `standing` may see the page of `step`: no step is skipped."""
    asked = pages(service, slug)
    return step in asked and (standing not in asked or asked.index(step) <= asked.index(standing))
