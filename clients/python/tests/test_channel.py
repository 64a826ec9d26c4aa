"""TLS and tokens, as far as they show without a server that asks for them."""

import numpy as np
import pytest

import deepvision
from deepvision import DeepVisionError, _channel


def test_every_call_carries_the_token(server):
    with deepvision.connect(server.target, timeout=20, token="0123456789abcdef") as client:
        client.network("resnet")
        client.topology("resnet")
        client.upload(np.zeros((2, 2, 3), np.uint8))
    assert [m.get("authorization") for m in server.metadata] == ["Bearer 0123456789abcdef"] * 3


def test_without_a_token_no_call_carries_one(server, client):
    client.network("resnet")
    assert "authorization" not in server.metadata[0]


def test_a_token_file_may_have_comments_and_names(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("# ours\n\n0123456789abcdef unity\nsecond-0123456789abcdef\n")
    assert _channel.read_token(file) == "0123456789abcdef"
    file.write_text("# none\n")
    with pytest.raises(DeepVisionError, match="holds no token"):
        _channel.read_token(file)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DeepVisionError, match="nowhere.pem: No such file"):
        deepvision.connect("127.0.0.1:1", ca=tmp_path / "nowhere.pem")


def test_a_token_is_not_shown():
    assert "secret" not in repr(_channel.Door(token="secret"))
