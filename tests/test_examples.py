"""Each example runs as a user runs it, and leaves a picture that is no blank sheet."""

import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_draws_its_picture(example, tmp_path):
    done = subprocess.run(
        [sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{example.stem}.png"
    image = matplotlib.image.imread(tmp_path / f"{example.stem}.png")[..., :3]
    assert min(image.shape[:2]) >= 500
    blank = np.mean(np.all(image > 0.99, axis=-1))
    assert 0.05 < blank < 0.97


def test_the_path_of_the_picture_can_be_chosen(tmp_path):
    picture = tmp_path / "vortex.png"
    words = [sys.executable, str(FOLDER / "08_vortex.py"), str(picture)]
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=True)
    assert [file.name for file in tmp_path.iterdir()] == ["vortex.png"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_is_short_and_says_what_it_shows(example):
    text = example.read_text("utf-8")
    assert len(text.splitlines()) < 60
    assert text.startswith('"""')
    assert f"python examples/{example.name} [picture.png]" in text
