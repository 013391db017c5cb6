"""Options: what a user can set on a layer, an optimizer, a loss, an initializer.

An option is declared once, with its type, bounds, choices and help. Validation, its error text, the
inspector's form, the project file and the command line all read that one declaration::

    @register("Layers")
    @dataclass
    class Dropout(Layer):
        ratio: float = option(0.5, minimum=0.0, maximum=0.95, help="Share of inputs set to zero.")
"""

from __future__ import annotations

import dataclasses
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

from nnlib.errors import OptionError, quoted


@dataclass(frozen=True)
class Option:
    """The declaration of one option.

    Attributes:
        name: the field's name, also the keyword in Python and the key in a project file.
        kind: ``int``, ``float``, ``bool`` or ``str``, or the `Declared` family whose members it
            holds.
        default: the value that stands when nothing else was said.
        minimum, maximum: inclusive bounds of a number.
        exclusive_minimum: whether the minimum itself is refused (a learning rate is never 0).
        choices: the texts that a ``str`` may be.
        optional: whether None is allowed; ``none_text`` says what None then means.
        help: one sentence for the person who sets it.
    """

    name: str
    kind: type
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    none_text: str = ""
    label: str = ""
    help: str = ""

    def check(self, value: Any, owner: str) -> Any:
        """The value in its proper type, or an `OptionError` that says what it must be."""
        if value is None and self.optional:
            return None
        if issubclass(self.kind, Declared):
            try:
                return self.kind.coerce(value)
            except OptionError as error:
                raise OptionError(f"{owner}: {self.name}: {error}") from error
        if self.kind is str:
            if value not in self.choices:
                raise self._refusal(value, owner, f"one of {', '.join(self.choices)}")
            return value
        if self.kind is bool:
            if not isinstance(value, bool):
                raise self._refusal(value, owner, self.bounds_text())
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            number = getattr(value, "item", None)  # NumPy's numbers are welcome
            value = number() if number is not None and getattr(value, "ndim", 1) == 0 else value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(value, owner, self.bounds_text())
        if not self._within(value) or (self.kind is int and int(value) != value):
            raise self._refusal(value, owner, self.bounds_text())
        return int(value) if self.kind is int else float(value)

    def bounds_text(self) -> str:
        """The values that are allowed, in words: "a whole number from 1 to 16,384"."""
        if self.kind is bool:
            return "true or false"
        noun = "a whole number" if self.kind is int else "a number"
        lower, upper = _bound_text(self.minimum), _bound_text(self.maximum)
        if lower and self.exclusive_minimum:
            return f"{noun} greater than {lower}" + (f" and at most {upper}" if upper else "")
        if lower and upper:
            return f"{noun} from {lower} to {upper}"
        if lower:
            return f"{noun} of at least {lower}"
        return f"{noun} of at most {upper}" if upper else noun

    @property
    def title(self) -> str:
        """The option's name for people: ``kernel_size`` reads "Kernel size"."""
        return self.label or self.name.replace("_", " ").capitalize()

    def _within(self, value: float) -> bool:
        # The largest float and not infinity: then infinity and NaN are outside in any case.
        low = -sys.float_info.max if self.minimum is None else self.minimum
        high = sys.float_info.max if self.maximum is None else self.maximum
        return low <= value <= high and not (self.exclusive_minimum and value == low)

    def _refusal(self, value: Any, owner: str, allowed: str) -> OptionError:
        return OptionError(f"{owner}: {self.name} must be {allowed}, not {quoted(value)}.")


def option(default: Any, **declaration: Any) -> Any:
    """A dataclass field that is an option; the keywords are those of `Option`."""
    return field(default=default, metadata={"option": declaration})


@dataclass
class Declared:
    """Base of everything that a user chooses by name and sets by options.

    An instance is a value: two with equal options are equal, options are checked when it is made
    and cannot be assigned afterwards (`replace` makes a changed copy). Subclasses join the family
    they derive from with `register`; the family's base class then finds them by name.
    """

    family: ClassVar[str] = "thing"
    category: ClassVar[str] = ""
    members: ClassVar[dict[str, type[Any]]]
    _declarations: ClassVar[tuple[Option, ...]]

    def __post_init__(self) -> None:
        for declared in self.declared_options():
            value = declared.check(getattr(self, declared.name), self.display_name())
            object.__setattr__(self, declared.name, value)
        object.__setattr__(self, "_is_settled", True)

    def __setattr__(self, name: str, value: Any) -> None:
        if getattr(self, "_is_settled", False) and name in self.__dataclass_fields__:
            raise AttributeError(
                f"{type(self).__name__}.{name} is an option and cannot be assigned; "
                f"make a changed copy with replace({name}=…)."
            )
        object.__setattr__(self, name, value)

    @classmethod
    def display_name(cls) -> str:
        """The name that a user reads."""
        return cls.__name__

    @classmethod
    def describe(cls) -> str:
        """One sentence on what it does: the first line of its docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def declared_options(cls) -> tuple[Option, ...]:
        """The declarations of all options, in the order in which they are written."""
        if "_declarations" not in cls.__dict__:
            cls._declarations = _read_declarations(cls)
        return cls._declarations

    def options(self) -> dict[str, Any]:
        """The options and their values, in order."""
        return {declared.name: getattr(self, declared.name) for declared in self.declared_options()}

    def replace(self, **changes: Any) -> Self:
        """A copy with some options changed; it is checked like a new one."""
        unknown = set(changes) - set(self.options())
        if unknown:
            raise OptionError(f"{self.display_name()} has no option {', '.join(sorted(unknown))}.")
        return type(self)(**(self.options() | changes))

    def copy(self) -> Self:
        """A fresh, unbuilt copy with the same options."""
        return self.replace()

    def summary(self) -> str:
        """The options that matter on one short line; by default those that are not as declared."""
        return ", ".join(
            f"{declared.title.lower()} {value_text(value)}"
            for declared in self.declared_options()
            if (value := getattr(self, declared.name)) != declared.default
        )

    def to_json(self) -> dict[str, Any]:
        """Name and options as plain JSON values; `from_json` reads it back."""
        values = {
            key: value.to_json() if isinstance(value, Declared) else value
            for key, value in self.options().items()
        }
        return {"type": type(self).__name__, **values}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The member that `to_json` described.

        Raises:
            OptionError: no such member, no such option, or a value out of its bounds.
        """
        if isinstance(data, str):
            return cls.find(data)()
        if not isinstance(data, Mapping) or not isinstance(data.get("type"), str):
            raise OptionError(f"It takes an object with a type, or a name, not {quoted(data)}.")
        member = cls.find(data["type"])
        values = {key: value for key, value in data.items() if key != "type"}
        unknown = set(values) - {declared.name for declared in member.declared_options()}
        if unknown:
            names = ", ".join(sorted(unknown))[:80]
            raise OptionError(f"{member.display_name()} has no option {names}.")
        return member(**values)

    @classmethod
    def find(cls, name: str) -> type[Self]:
        """The member with that name; ``cross_entropy`` and ``CrossEntropy`` are the same."""
        for known, member in cls.members.items():
            if _plain(name) == _plain(known):
                return member
        raise OptionError(
            f"There is no {cls.family} named {quoted(name)}. Known: {', '.join(cls.members)}."
        )

    @classmethod
    def coerce(cls, value: Any) -> Self:
        """A member from itself, from its name, or from what `to_json` wrote."""
        if isinstance(value, type) and issubclass(value, cls):
            name = value.__name__
            raise OptionError(f"{name} is a class; write {name}() for one with its usual options.")
        return value if isinstance(value, cls) else cls.from_json(value)


M = TypeVar("M", bound=Declared)


def _read_declarations(cls: type[Declared]) -> tuple[Option, ...]:
    hints = typing.get_type_hints(cls)
    found = []
    for f in dataclasses.fields(cls):
        if "option" in f.metadata:
            kind = _kind(hints[f.name])
            default = kind.coerce(f.default) if issubclass(kind, Declared) else f.default
            found.append(Option(f.name, kind, default, **f.metadata["option"]))
    return tuple(found)


def register(category: str = "") -> Callable[[type[M]], type[M]]:
    """Class decorator: make a class known by name to the family that it derives from."""

    def enter(member: type[M]) -> type[M]:
        family = next(base for base in member.__mro__[1:] if "members" in base.__dict__)
        member.category = category
        family.__dict__["members"][member.__name__] = member
        return member

    return enter


def value_text(value: Any) -> str:
    """An option's value as people write it."""
    if isinstance(value, Declared):
        return value.summary() or value.display_name()
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _bound_text(bound: float | None) -> str:
    """A bound as people write it: 100,000 or 0.9; "" for none."""
    if bound is None:
        return ""
    return f"{int(bound):,}" if bound == int(bound) else f"{bound:g}"


def _kind(annotation: Any) -> type:
    """The plain type behind an annotation: ``int | None`` is an ``int``."""
    parts = [part for part in typing.get_args(annotation) if part is not type(None)]
    kind = parts[0] if parts else annotation
    assert isinstance(kind, type)
    return kind


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
