"""The whole plan: which strategies, on which data and network, how often, and how judged."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator

from cam_augment.base.errors import InputError, nearest
from cam_augment.networks.wishes import RULE, number_from_end
from cam_augment.plan.checks import MAX_RUNS, check_base, check_folds, check_stages
from cam_augment.plan.choices import GIVEN, Check, Choice, Strategy
from cam_augment.plan.fields import PlanFields
from cam_augment.plan.reading import (
    apply_changes,
    check_words,
    one_line,
    read_fields,
    rename_fields,
)
from cam_augment.plan.runs import Recipe, Run
from cam_augment.plan.stages import BASELINES_PER_MODEL, Stage, stages_of
from cam_augment.registry import ARCHITECTURES, CAMS
from cam_augment.statistics.scoring import COST

OF_COSTS = {  # fields that mean nothing without costs
    "parts": "the mix of production weighs costs",
    "currency": "it is what costs are counted in",
    "parts_per_year": "it says what the costs of 1,000 parts are in a year",
}
MOST_LETTERS = 59  # of a name to which "-more" is added


class Plan(PlanFields):
    """A study: which strategies, on which data and network, how often, and how judged."""

    @model_validator(mode="after")
    def _consistent(self) -> "Plan":
        elsewhere = {self.dataset.name == GIVEN, self.architecture.name == GIVEN}
        if elsewhere | {strategy.given is not None for strategy in self.strategies} == {
            True,
            False,
        }:
            raise InputError(
                f"'{GIVEN}' is what compare() calls its models; a plan cannot ask for it"
            )
        if self.primary not in self.metrics:
            raise InputError(
                f"primary: received '{self.primary}'; it must be one of the plan's metrics."
                f"{nearest(self.primary, self.metrics)}"
            )
        if self.size > MAX_RUNS:
            raise InputError(f"the plan asks for {self.size} runs; at most {MAX_RUNS}")
        if self.costs is None:
            for field, purpose in OF_COSTS.items():
                if getattr(self, field) is not None:
                    raise InputError(f"{field}: {purpose}; this plan has no costs")
        if self.gain == COST and self.costs is None:
            raise InputError("gain: received 'cost'; this plan has no costs that could decide")
        check_folds(self)
        check_stages(self)
        for strategy in self.strategies:
            self._run(strategy)
        return self

    @property
    def look(self) -> list[Any]:
        """All that decides a model's maps but the model and the probe set.

        The layer is the one that is looked at, whether the plan names it or its network does.
        """
        return [*self._look(), *self.place]

    @property
    def place(self) -> list[Any]:
        """What decides which layer is looked at: its name, or the rule that finds it."""
        layer = self._layer
        return [layer] if number_from_end(layer) is None else [layer, RULE]

    @property
    def former_look(self) -> list[Any]:
        """The look as keys of maps had it before: the plan's layer alone, None for any other."""
        named = number_from_end(self.cam_layer) is None if self.cam_layer else bool(self._layer)
        look = [*self._look(), self.cam_layer]
        return look if named else [*look, RULE]

    def _look(self) -> list[Any]:
        version = CAMS[self.cam.name].version
        return [self.cam.model_dump(mode="json"), version, self.cam_target]

    @property
    def _layer(self) -> str | None:
        """The layer by the name that the plan or its network has for it; None: a rule finds it."""
        if self.cam_layer is not None or self.architecture.name == GIVEN:
            return self.cam_layer
        entry = ARCHITECTURES[self.architecture.name]
        return entry.place("layer", self.architecture.settings)

    def under(self, check: Check) -> "Plan":
        """Return this plan with the look of a check, and without further checks."""
        return self.model_copy(
            update={
                "cam": check.cam or self.cam,
                "cam_target": check.target or self.cam_target,
                "cam_layer": check.layer or self.cam_layer,
                "checks": (),
            }
        )

    @property
    def primary_question(self) -> str:
        """The question that decides on attention: the excess shift of the primary metric."""
        return f"excess_shift.{self.primary}"

    @property
    def rotates(self) -> bool:
        """Whether each fold is judged by models of its own."""
        return self.test == "rotating"

    @property
    def gain_margin(self) -> float:
        """The least gain worth having, in the score that decides; of cost a share."""
        return self.margins.cost if self.gain == COST else self.margins.gain

    @property
    def controls(self) -> frozenset[str]:
        """The labels of strategies that cannot have an effect."""
        return frozenset(s.label for s in self.strategies if s.changes_nothing)

    @property
    def family(self) -> int:
        """How many strategies p is corrected over: all but controls, or a control by itself."""
        return max(1, len(self.strategies) - len(self.controls))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages, one at least."""
        return stages_of(self.seeds, self.baselines, self.more_models, self.alpha)

    @property
    def size(self) -> int:
        """The number of models of the plan; in stages, if all strategies took part in all."""
        return sum(count for _, count in self._arms())

    def _arms(self) -> list[tuple[Strategy, int]]:
        """Return every arm with its models, of all stages; controls have those of the first."""
        last = self.stages[-1]
        counts = (self.seeds if s.changes_nothing else last.models for s in self.strategies)
        return [(Strategy(), last.baselines), *zip(self.strategies, counts, strict=True)]

    def runs(self) -> list[Run]:
        """Return every run of the plan, baselines first; in stages, those of all stages."""
        return [
            self._with_seed(run, seed)
            for strategy, replicates in self._arms()
            for run in [self._run(strategy)]
            for seed in range(self.first_seed, self.first_seed + replicates)
        ]

    def run(self, strategy: Strategy, seed: int) -> Run:
        """Return the run of any strategy and seed, of the plan or not, as the plan would have it.

        Raises:
            InputError: the strategy sets a field that the network does not have.
        """
        return self._with_seed(self._run(strategy), seed)

    def _with_seed(self, run: Run, seed: int) -> Run:
        fold = self.fold_of(seed)
        return run.model_copy(update={"seed": seed, "fold": fold, "test": self.test})

    def fold_of(self, seed: int) -> tuple[int, int] | None:
        """Return the fold of a seed's runs, from 0, and the number of folds; None without folds.

        The fold follows from the seed alone, so plans with other first seeds share their runs.
        Consecutive seeds, a multiple of ``folds`` of them, have every fold equally often.
        """
        return None if self.folds is None else (seed % self.folds, self.folds)

    @property
    def blocks(self) -> list[int] | None:
        """The folds of a strategy's models, then of the baselines; None without folds."""
        return self.folds_of((self.seeds, self.baselines))

    def folds_of(self, sizes: Sequence[int]) -> list[int] | None:
        """Return the folds of the models of arms of these sizes, arm after arm."""
        if self.folds is None:
            return None
        return [(self.first_seed + n) % self.folds for size in sizes for n in range(size)]

    def _run(self, strategy: Strategy) -> Run:
        """Return a strategy's first run: a comparison changes the plan's network or recipe."""
        architecture, recipe = self.architecture, self.recipe
        for field, value in strategy.changes.items():
            room, _, name = field.partition(".")
            if room == "recipe":
                recipe = Recipe(**recipe.model_dump() | {name: value})
                continue
            if name not in architecture.settings:
                raise InputError(
                    f"strategy '{strategy.label}' sets '{name}' of the network; "
                    f"'{architecture.name}' has no such setting"
                )
            settings = architecture.settings | {name: value}
            architecture = Choice(name=architecture.name, settings=settings)
        if recipe.frozen_epochs:
            check_base(architecture, recipe)
        return Run(
            dataset=self.dataset,
            architecture=architecture,
            strategy=strategy,
            seed=self.first_seed,
            recipe=recipe,
        )

    def with_more_models(self, more: int, labels: Sequence[str] = ()) -> dict[str, Any]:
        """Return the fields of a plan that gives undecided strategies so many more models.

        With stages it is one further stage; without, more models are a study of its own, with
        models of its own: another look at the same ones would not keep the level. With folds, a
        multiple of these.

        Args:
            labels: of the strategies that a study of its own asks of, beside the controls; none:
                of all.

        >>> Plan.make({"more_models": [2]}).with_more_models(6)
        {'more_models': [2, 6]}
        """
        more += -more % (self.folds or 1)
        if self.more_models:
            return {"more_models": [*self.more_models, more]}
        few = {*labels, *self.controls} if labels else {s.label for s in self.strategies}
        asked = [s.label for s in self.strategies if s.label in few]
        return {
            "name": f"{self.name[:MOST_LETTERS]}-more",
            **({} if len(asked) == len(self.strategies) else {"strategies": asked}),
            "seeds": self.seeds + more,
            "baselines": self.baselines + BASELINES_PER_MODEL * more,
            "first_seed": self.first_seed + max(self.seeds, self.baselines),
        }

    @classmethod
    def read(cls, source: str | Path, **changes: Any) -> "Plan":
        """Read a plan from a TOML file, or a packaged one by name (``"quickstart"``).

        ``changes`` replace fields; a dotted name (``"recipe.epochs"``) reaches inside.

        Raises:
            InputError: no such file, not valid TOML, an unknown field or an invalid value.
        """
        return cls.make(read_fields(source), changes, str(source))

    @classmethod
    def make(
        cls, fields: Mapping[str, Any], changes: Mapping[str, Any] = {}, source: str = "plan"
    ) -> "Plan":
        """Return the plan with these fields, ``changes`` applied to them.

        Args:
            fields: name to value, as in a TOML file. changes: dotted name to value.
            source: what an error calls the plan.

        Raises:
            InputError: an unknown field or an invalid value; it names ``source`` or the option,
                the field, and what was received.
        """
        fields, changes = rename_fields(fields, source), rename_fields(changes, "option")
        values = apply_changes(fields, changes, cls.model_fields)
        check_words(values, source)
        try:
            return cls(**values)
        except ValidationError as error:
            raise InputError(one_line(error, source, changes, cls.model_fields)) from None
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
        except RecursionError:
            raise InputError(f"{source}: nested too deep to be a plan") from None
