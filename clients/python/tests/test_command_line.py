"""The command `deepvision`, as a person types it."""

import re

import fake_server
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from deepvision.cli import visualize
from deepvision.cli.classify import bar_text
from deepvision.cli.console import count_text
from deepvision.cli.files import UniqueNames, safe_name
from deepvision.cli.histograms import spark
from deepvision.cli.main import main


@pytest.fixture
def run(server, capsys):
    def command(*arguments):
        code = main(["--server", server.target, *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_networks_are_listed_with_what_is_wrong_with_them(run):
    code, text, _ = run("networks")
    assert code == 0
    assert re.search(
        r"resnet .*A small ResNet .*classification .*3×32×32 .*12 .*20 k .*ready", text
    )
    assert "broken: the file is truncated" in text


def test_a_topology_shows_modules_skips_and_roles(run):
    code, text, _ = run("topology", "resnet")
    lines = text.splitlines()
    assert code == 0
    assert any(re.fullmatch(r"│ ○ +layer1\.0/pass +Pass through +16×32×32", line) for line in lines)
    assert any(re.fullmatch(r"●─╯ +layer1\.0\.relu@1 +Add +16×32×32", line) for line in lines)
    assert any(re.fullmatch(r"● +fc +Linear, 10 +10 +330 +scores", line) for line in lines)
    order = [
        next(i for i, line in enumerate(lines) if name in line)
        for name in ("input", "layer1 ", "layer1.0 ", "layer1.0.relu", "layer2 ", "avgpool")
    ]
    assert order == sorted(order)


def test_classify_prints_percentages_and_names(run):
    code, text, _ = run("classify", "resnet", "--input", "zeros", "--top", "2")
    best = int(np.argmax(fake_server.value("probabilities")))
    assert code == 0
    assert re.search(
        rf"{fake_server.value('probabilities')[best]:.2%} +█+.* {fake_server.CLASSES[best]} ", text
    )
    assert len(text.splitlines()) == 3 and "3.2 ms" in text


def test_live_prints_a_line_per_frame_of_a_folder(run, tmp_path):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    code, text, _ = run("live", "resnet", "--frames", tmp_path, "--layers", "fc", "--prediction")
    assert code == 0
    assert re.search(r"frame 1 +3\.2 ms computed +\d+\.\d ms old +0 dropped +\S", text)
    assert "2 frames answered, 0 dropped" in text


def test_live_without_pictures_says_so(run, tmp_path):
    code, _, text = run("live", "resnet", "--frames", tmp_path)
    assert code == 2 and "holds no pictures" in text


def test_visualize_writes_a_sheet_and_how_it_grew(run, server, tmp_path):
    code, text, log = run(
        "visualize",
        "resnet",
        "relu",
        "--units",
        "0-2,13",
        "--method",
        "robust",
        "--set",
        "max_roll=2",
        "--watch",
        "--out",
        tmp_path / "sheet.png",
        "--evolution",
        tmp_path / "way.webp",
    )
    assert code == 0 and "3 images in" in text and "partial · 3 done · 1 failed" in text
    assert "unit 0  done  objective 1.5" in log and "unit 13  dead" in log
    assert Image.open(tmp_path / "sheet.png").width > 400
    assert Image.open(tmp_path / "way.webp").n_frames == 4
    request = next(r for r in server.requests if hasattr(r, "spec"))
    assert request.spec.robust.max_roll == 2 and request.from_step == 0


def test_the_live_table_shows_each_unit_that_runs(client):
    run = visualize._Run(["cat", "dog"])
    stream = client.visualize("resnet", "relu", units=[1, 0], steps=8)
    for event in stream:
        run.take(event)
        if len(run.curves[1, 0]) == 3:
            break
    console = Console(width=120)
    with console.capture() as captured:
        console.print(visualize._table(run, stream))
    lines = captured.get().splitlines()
    assert re.match(r"1 dog +━{24} +6/8 +4 +", lines[0]) and re.search("[▁-█]", lines[0])
    assert re.match(r"0 cat +━{24} +6/8 +3 +", lines[1])
    assert lines[2].startswith("running · 0 done · 2 running · 2.5 steps/s")


def test_visualize_names_the_classes_of_a_classifier(run, tmp_path):
    code, _, log = run(
        "visualize", "resnet", "fc", "--units", 2, "--watch", "--out", tmp_path / "a.png"
    )
    assert code == 0 and "unit 2 triangle  done" in log


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["--units", "3-1"], "should read"),
        (["--units", "0", "--set", "rate"], "NAME=VALUE"),
        ([], "all_units for all 64"),
    ],
)
def test_visualize_says_what_is_wrong(run, arguments, complaint):
    code, _, text = run("visualize", "resnet", "relu", *arguments)
    assert code in (1, 2) and complaint in text


def test_activations_write_a_page_per_layer_and_an_overview(run, tmp_path):
    code, text, _ = run(
        "activations", "resnet", "--input", "dataset:shapes/3", "--out", tmp_path, "--npy"
    )
    names = [node[0].replace("/", "_") for node in fake_server._NODES]
    assert code == 0 and "13 layers" in text and "overview.png" in text
    assert sorted(p.name for p in tmp_path.glob("*.png")) == sorted(
        [*(f"{n}.png" for n in names), "overview.png"]
    )
    np.testing.assert_array_equal(np.load(tmp_path / "fc.npy"), fake_server.value("fc"))
    assert Image.open(tmp_path / "overview.png").width > 1000
    links = re.findall(
        r'href="([^"]+\.png)"', (tmp_path / "index.html").read_text(encoding="utf-8")
    )
    assert links == ["overview.png", *(f"{n}.png" for n in names)]


def test_activations_of_some_layers(run, tmp_path):
    code, _, _ = run(
        "activations",
        "resnet",
        "--input",
        "zeros",
        "--layers",
        "layer2.*",
        "fc",
        "--out",
        tmp_path,
        "--theme",
        "light",
        "--scale",
        "channel",
        "--no-labels",
    )
    assert code == 0 and len(list(tmp_path.glob("*.png"))) == 6
    assert Image.open(tmp_path / "fc.png").getpixel((0, 0)) == (255, 255, 255)


def test_histograms_are_one_line_each(run):
    code, text, _ = run("histograms", "resnet", "--bins", "8")
    assert code == 0 and len(text.splitlines()) == 2
    assert re.search(r"relu\.weight .*┃.{8}┃ .*16,384 values", text)


def test_datasets_are_listed_as_inputs(run):
    code, text, _ = run("datasets")
    assert code == 0 and "dataset:shapes/INDEX" in text and "noise:SEED" in text


def test_images_are_saved_under_their_class(run, tmp_path):
    code, text, _ = run("images", "shapes", "--index", 4, 2, "--out", tmp_path)
    assert code == 0 and "2 pictures" in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["00002-triangle.png", "00004-checks.png"]


def test_info_and_wait(run):
    assert "LibTorch 2.11.0" in run("info")[1]
    assert run("wait", "--for", 20, "--network", "resnet")[0] == 0


def test_the_server_may_be_named_after_the_command(server, capsys):
    assert main(["networks", "--server", server.target]) == 0


def test_the_server_may_be_named_by_the_environment(server, monkeypatch):
    monkeypatch.setenv("DEEPVISION_SERVER", server.target)
    assert main(["info"]) == 0


@pytest.mark.parametrize(
    "arguments, code, complaint",
    [
        (["classify", "resnt", "--input", "zeros"], 1, 'did you mean "resnet"'),
        (
            ["activations", "resnet", "--input", "zeros", "--layers", "layer9"],
            1,
            'no layer is named "layer9"',
        ),
        (["classify", "resnet", "--input", "none.png"], 2, "cannot read 'none.png'"),
        (["classify", "resnet", "--input", "dataset:shapes"], 2, "dataset:ID/INDEX"),
    ],
)
def test_errors_are_one_sentence_and_a_code(run, arguments, code, complaint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    got, text, error = run(*arguments)
    assert got == code and text == ""
    assert error.startswith("deepvision: ") and error.count("\n") == 1 and complaint in error


def test_an_absent_server_is_code_3(capsys):
    assert main(["--server", "127.0.0.1:1", "networks"]) == 3
    assert "Start one with deepvision_server" in capsys.readouterr().err


def test_a_broken_stream_is_code_4(server, run, tmp_path):
    server.omit_trailer = True
    code, _, error = run("topology", "resnet")
    assert code == 4 and "broke off" in error


def test_a_server_that_is_not_ready_is_code_3(server, run):
    server.health.set("", 2)
    assert run("wait", "--for", 0.2)[0] == 3


def test_a_folder_that_cannot_be_made_is_a_sentence(run, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, error = run(
        "activations", "resnet", "--input", "zeros", "--out", tmp_path / "file" / "x"
    )
    assert code == 2 and "Not a directory" in error and "Traceback" not in error


def test_wrong_arguments_are_code_2():
    with pytest.raises(SystemExit) as stop:
        main(["classify", "resnet"])
    assert stop.value.code == 2


def test_file_names_are_safe_and_unique():
    assert safe_name("../../etc/passwd") == "etc_passwd"
    assert safe_name("layer1.0.relu@1") == "layer1.0.relu@1" and safe_name("..") == "_"
    assert safe_name("/flatten@2") == "flatten@2"
    names = UniqueNames()
    assert [names.of(n) for n in ("a/b", "a_b", "A_B", "c")] == ["a_b", "a_b~2", "A_B~3", "c"]


def test_counts_are_short():
    counts = [0, 944, 19994, 11_689_512, 25_557_032, 999_999, 7_000_000_000]
    assert [count_text(n) for n in counts] == ["0", "944", "20 k", "11.7 M", "25.6 M", "1 M", "7 G"]


def test_bars_and_sparks_keep_their_length():
    assert bar_text(0.5, 10) == "█████" and bar_text(1, 4) == "████" and bar_text(0, 4) == ""
    assert spark([0, 1, 1000]) == " ▁█" and spark([0, 0]) == "  "
