from __future__ import annotations

import os
import subprocess
import sys

import pytest
from attrs import evolve, field, frozen

from archivolt.testing.toy_space import ToyConvolution, ToyDense, ToyFlatten
from archivolt.values.candidate import Candidate
from archivolt.values.encoding import canonical_json, fingerprint
from archivolt.values.recipe import Recipe

STACK = (ToyConvolution(8, 5), ToyFlatten(True), ToyDense(64, "tanh"))
# Runs on disk hold these: a release that changes them loses sight of what was tried.
DIGEST = "fdf2314ba6f907b2"
STRUCTURE = "e83107f72b9abd3e"

PROGRAM = """
from archivolt.testing.toy_space import ToyConvolution, ToyDense, ToyFlatten
from archivolt.values.candidate import Candidate
from archivolt.values.recipe import Recipe
stack = (ToyConvolution(8, 5), ToyFlatten(True), ToyDense(64, "tanh"))
print(Candidate(stack, Recipe(learning_rate=0.003)).fingerprint)
"""


@pytest.fixture
def candidate():
    return Candidate(STACK, Recipe(learning_rate=0.003))


def test_the_fingerprint_stays_the_same_between_releases(candidate):
    assert candidate.fingerprint == DIGEST
    assert candidate.structure == STRUCTURE


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_fingerprint_is_the_same_in_every_process(candidate, seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed}

    printed = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()

    assert printed == candidate.fingerprint


def test_equal_candidates_have_equal_fingerprints_even_as_1_and_1_0():
    whole = Candidate((ToyDense(32),), Recipe(warmup_epochs=1))
    point = Candidate([ToyDense(32.0)], Recipe(warmup_epochs=1.0))

    assert whole == point
    assert whole.fingerprint == point.fingerprint


def test_every_field_and_the_order_of_blocks_count(candidate):
    others = [
        Candidate(STACK[::-1], candidate.recipe),
        Candidate((ToyConvolution(8, 3), *STACK[1:]), candidate.recipe),
        candidate.with_recipe(batch_size=128),
        Candidate(STACK[:2], candidate.recipe),
    ]

    assert len({candidate.fingerprint, *(each.fingerprint for each in others)}) == 5


def test_a_new_field_at_its_default_keeps_the_fingerprint():
    @frozen
    class Old:
        name = "grows"
        units: int = 8

    @frozen
    class New:
        name = "grows"
        units: int = 8
        extras: tuple[int, ...] = field(factory=tuple)
        scale: float = 1.0

    assert fingerprint(Old(16)) == fingerprint(New(16))
    assert fingerprint(New(16)) != fingerprint(New(16, scale=2.0))
    assert fingerprint(Old()) != fingerprint(Old(16))


def test_the_structure_leaves_the_recipe_out(candidate):
    assert candidate.structure == candidate.with_recipe(batch_size=128).structure


def test_changing_the_recipe_leaves_the_original(candidate):
    assert candidate.with_recipe(l2=0.1).recipe.l2 == 0.1
    assert candidate.recipe.l2 == 0.0


def test_a_candidate_reads_as_a_person_would_write_it(candidate):
    assert str(candidate) == (
        "toy_convolution(filters=8, kernel_size=5) > toy_flatten(mean) > toy_dense(units=64, tanh)"
    )
    assert str(Candidate(())) == "(no blocks)"


def test_canonical_json_sorts_keys_and_refuses_what_json_lacks():
    assert canonical_json({"b": (1.0, 0.1), "a": None}) == '{"a":null,"b":[1,0.1]}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_a_digest_has_16_hexadecimal_digits():
    assert len(fingerprint("x")) == 16
    assert int(fingerprint("x"), 16) >= 0


def test_fields_that_mean_nothing_make_no_other_candidate():
    recipe = Recipe(schedule="cosine")

    same = evolve(recipe, decay_times=7)
    stairs = evolve(recipe, schedule="exponential")

    assert Candidate((), same).fingerprint == Candidate((), recipe).fingerprint
    assert (
        Candidate((), evolve(stairs, decay_times=7)).fingerprint
        != Candidate((), stairs).fingerprint
    )
