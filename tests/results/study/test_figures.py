"""`make figures` draws the committed results, to the same bytes."""

from tests.benchmarks.figures import RESULTS, draw, study_of

TEXT = """# fedser study configs/studies/memory.toml
cell,memory,seed,arm,environment,target,measure,value
4,4,0,exper-random,all,activation,ccc,0.5
4,4,1,exper-random,all,activation,ccc,0.6
9,9,0,exper-random,all,activation,ccc,0.7
9,9,1,exper-random,all,activation,ccc,0.8
"""


def test_results_become_a_figure(tmp_path):
    file = tmp_path / "study_memory.csv"
    file.write_text(TEXT)
    (axis,) = study_of(file).axes
    assert (axis.name, axis.labels, axis.numbers) == ("memory", ("4", "9"), (4.0, 9.0))
    first = draw(file).read_bytes()
    assert b"ExpeR-random" in first
    assert draw(file).read_bytes() == first


def test_committed_results_can_be_drawn():
    for file in RESULTS.glob("study_*.csv"):
        assert study_of(file).keys(["ccc"]), file.name
        assert file.read_text(encoding="utf-8").startswith("# fedser study "), file.name
        assert file.with_suffix(".svg").exists(), file.name
