"""What a plan chooses: an entry with its settings, a strategy of one or more, a further look."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from cam_augment.base.errors import InputError
from cam_augment.networks.wishes import layer_wish
from cam_augment.plan.values import ENTRY, TEXT, PlanValue
from cam_augment.registry import CAMS, STRATEGIES, Registry

BASELINE = "baseline"
GIVEN = "given"  # data, network or strategy of models that were trained elsewhere


class Choice(PlanValue):
    """An entry by name, with all of its settings (defaults filled in)."""

    spelling: ClassVar = "name or table"
    input_schema: ClassVar = ENTRY

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def parse(cls, value: Any, registry: Registry) -> "Choice":
        """Read ``"rotation"``, ``"rotation:30"``, ``"rotation:30,fill=0"`` or a table.

        Raises:
            InputError: no such entry, or a setting that the entry refuses.
        """
        if isinstance(value, Choice):
            name, settings = value.name, value.settings
        elif isinstance(value, str):
            name, settings = _parse_words(value)
        elif isinstance(value, Mapping) and isinstance(value.get("name"), str):
            inner = value.get("settings", {})
            if not isinstance(inner, Mapping):
                raise InputError(f"received settings = {inner!r}; expected a table")
            outer = {k: v for k, v in value.items() if k not in ("name", "settings")}
            name, settings = value["name"], {**inner, **outer}
        else:
            raise InputError(f"received {value!r}; expected a name or a table with a 'name'")
        if name == GIVEN and registry is not STRATEGIES:
            return cls(name=GIVEN)
        entry = registry[name]
        return cls(name=name, settings=entry.complete(entry.resolve(settings)))

    def label(self, registry: Registry) -> str:
        """Return the shortest text that ``parse`` reads back as this choice."""
        if self.name == GIVEN:
            return GIVEN
        defaults = registry[self.name].resolve({})
        changes = {k: v for k, v in self.settings.items() if v != defaults[k]}
        magnitude = changes.pop("magnitude", None)
        head = self.name if magnitude is None else f"{self.name}:{_number(magnitude)}"
        return ",".join([head, *(f"{k}={_number(v)}" for k, v in changes.items())])


def _parse_words(text: str) -> tuple[str, dict[str, Any]]:
    head, *pairs = text.split(",")
    name, _, magnitude = head.strip().partition(":")
    settings = {"magnitude": magnitude} if magnitude else {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"received '{text}'; settings are written key=value")
        settings[key.strip()] = value.strip()
    return name.strip(), settings


def _number(value: Any) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


class Strategy(PlanValue):
    """One augmentation, or several applied in order; without any step: the baseline.

    ``given`` names an arm of models that were trained elsewhere; it has no steps.
    """

    spelling: ClassVar = "name, table or list"
    input_schema: ClassVar = {"anyOf": [*ENTRY["anyOf"], {"type": "array", "items": ENTRY}]}

    steps: tuple[Choice, ...] = ()
    given: str | None = None

    @classmethod
    def parse(cls, value: Any) -> "Strategy":
        """Read ``"rotation+zoom:0.2"``, a table, or a list of either.

        Raises:
            InputError: no such entry, or a setting that the entry refuses.
        """
        if isinstance(value, Strategy):
            return value
        if isinstance(value, Mapping) and value.get("given"):
            return cls(given=str(value["given"]))
        if isinstance(value, Mapping) and "steps" in value:
            value = value["steps"]
        if isinstance(value, str):
            value = [] if value == BASELINE else value.split("+")
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, (list, tuple)):
            raise InputError(f"received {value!r}; expected a strategy's name, table or list")
        return cls(steps=tuple(Choice.parse(step, STRATEGIES) for step in value))

    @cached_property
    def label(self) -> str:
        """The strategy's name in tables: ``rotation``, ``rotation:30``, ``rotation+zoom``."""
        return self.given or "+".join(s.label(STRATEGIES) for s in self.steps) or BASELINE

    @property
    def family(self) -> str:
        """The names of the steps without settings, the same for all magnitudes of one strategy."""
        return self.given or "+".join(step.name for step in self.steps) or BASELINE

    @property
    def changes_nothing(self) -> bool:
        """Whether it is the no-op control: every step is ``identity``."""
        return bool(self.steps) and all(step.name == "identity" for step in self.steps)

    @property
    def augmentations(self) -> tuple[Choice, ...]:
        """The steps that change images or labels."""
        return tuple(s for s in self.steps if not STRATEGIES[s.name].changes)

    @property
    def changes(self) -> dict[str, Any]:
        """What the strategy changes of the network and the recipe, by dotted field."""
        controls = [s for s in self.steps if STRATEGIES[s.name].changes]
        return {k: v for s in controls for k, v in STRATEGIES[s.name](**s.settings).items()}

    @property
    def toml(self) -> str | dict[str, str]:
        """The strategy as it stands in a plan's file."""
        return {"given": self.given} if self.given else self.label


class Check(PlanValue):
    """A further look at the same models; what is None stays as the plan has it."""

    spelling: ClassVar = "name or table"
    input_schema: ClassVar = {
        "anyOf": [
            TEXT,
            {
                "type": "object",
                "properties": {
                    "cam": ENTRY,
                    "target": {"enum": ["true", "predicted"]},
                    "layer": TEXT,
                },
                "additionalProperties": False,
            },
        ]
    }

    cam: Choice | None = None
    target: Literal["true", "predicted"] | None = None
    layer: Annotated[str | None, BeforeValidator(layer_wish)] = None

    @classmethod
    def parse(cls, value: Any) -> "Check":
        """Read ``"layercam"``, ``"target=predicted"``, ``"layer=NAME"`` or a table of these.

        Raises:
            InputError: it is none of these, or there is no such CAM method.
        """
        if isinstance(value, Check):
            return value
        if isinstance(value, str):
            key, equals, text = value.partition("=")
            is_pair = equals and key.strip() in ("target", "layer")
            value = {key.strip(): text.strip()} if is_pair else {"cam": value}
        if not isinstance(value, Mapping) or not value:
            raise InputError(f"received {value!r}; expected a method, target=... or layer=...")
        cam = value.get("cam")
        return cls(**{**value, "cam": None if cam is None else Choice.parse(cam, CAMS)})

    @property
    def label(self) -> str:
        """The check in tables, its parts side by side: ``layercam``, ``target=predicted``."""
        words = [] if self.cam is None else [self.cam.label(CAMS)]
        words += [f"target={self.target}"] if self.target else []
        return " ".join([*words, *([f"layer={self.layer}"] if self.layer else [])])

    @property
    def toml(self) -> str | dict[str, str]:
        """The check as it stands in a plan's file."""
        fields = {"cam": self.cam and self.cam.label(CAMS), "target": self.target,
                  "layer": self.layer}  # fmt: skip
        table = {key: value for key, value in fields.items() if value}
        return self.label if len(table) == 1 else table
