"""The stubs live inside this package and say so."""

import importlib
import os

import pytest

import generate_stubs


def test_every_proto_has_a_module_that_imports_only_its_neighbours(tmp_path):
    pytest.importorskip("grpc_tools", reason="grpcio-tools is only needed to build")
    generate_stubs.generate(output=tmp_path / "made")
    made = {path.name for path in (tmp_path / "made" / "v1").iterdir()}
    for proto in (generate_stubs.PROTO_ROOT / generate_stubs.PACKAGE).glob("*.proto"):
        assert {
            f"{proto.stem}_pb2.py",
            f"{proto.stem}_pb2.pyi",
            f"{proto.stem}_pb2_grpc.py",
        } <= made
    for path in (tmp_path / "made" / "v1").iterdir():
        assert "from deepvision.v1" not in path.read_text(encoding="utf-8")


def test_names_on_the_wire_are_those_of_the_protos():
    network = importlib.import_module("deepvision._generated.v1.network_pb2")
    assert (
        network.DESCRIPTOR.services_by_name["NetworkService"].full_name
        == "deepvision.v1.NetworkService"
    )


def test_stubs_are_stale_when_a_proto_is_newer(tmp_path):
    proto = tmp_path / generate_stubs.PACKAGE / "x.proto"
    proto.parent.mkdir(parents=True)
    proto.write_text("")
    made = tmp_path / "made" / "v1" / "__init__.py"
    assert generate_stubs.is_stale(tmp_path, tmp_path / "made")
    made.parent.mkdir(parents=True)
    made.write_text("")
    os.utime(proto, (1, 1))
    assert not generate_stubs.is_stale(tmp_path, tmp_path / "made")
    os.utime(proto, (1e10, 1e10))
    assert generate_stubs.is_stale(tmp_path, tmp_path / "made")
