"""What VisualizationService becomes: progress, pictures, results."""

import fake_visualizations
import grpc
import numpy as np
import pytest

from deepvision import (
    DeepVisionError,
    VisualizationPicture,
    VisualizationProgress,
    VisualizationResult,
    to_input,
)
from deepvision._generated.v1 import visualization_pb2 as pb
from deepvision._generated.v1 import visualization_spec_pb2 as spec_pb


def test_progress_pictures_and_results_come_as_they_grow(client):
    with client.visualize("resnet", "relu", units=[3, 1]) as stream:
        events = list(stream)
    kinds = [type(event) for event in events]
    assert kinds[0] is VisualizationProgress and kinds[-1] is VisualizationResult
    first = events[0].images
    assert [image.unit for image in first] == [3, 1]
    assert first[0].step == 2 and first[0].objective == pytest.approx(4.0)
    pictures = [event for event in events if isinstance(event, VisualizationPicture)]
    np.testing.assert_array_equal(pictures[0].array, fake_visualizations.picture(3, 2))
    results = [event for event in events if isinstance(event, VisualizationResult)]
    assert [result.unit for result in results] == [3, 1]
    assert results[0].state == "done" and results[0].quality.objective == 4.5
    assert stream.state == "succeeded" and stream.trailer.result_count == 2
    assert stream.id == fake_visualizations.ID and stream.ticket == "ticket-1"
    assert stream.spec.steps == fake_visualizations.STEPS


@pytest.mark.parametrize("encoding", ["png", "rgb8", "rgba8"])
@pytest.mark.parametrize("row_order", ["top_down", "bottom_up"])
def test_every_encoding_is_the_same_picture(client, encoding, row_order):
    if encoding == "png":
        row_order = "top_down"
    results = client.visualize(
        "resnet", "relu", 5, pictures=False, encoding=encoding, row_order=row_order
    ).results()
    array = next(results).array
    np.testing.assert_array_equal(array[..., :3], fake_visualizations.picture(5, 8))


def test_float_pictures_are_channels_first(client):
    result = next(client.visualize("resnet", "relu", 5, encoding="float32").results())
    assert result.array.shape == (3, 16, 16) and result.array.dtype == np.float32
    assert result.to_pil().getpixel((0, 0)) == (100, 200, 7)


def test_units_that_are_not_done_say_why_and_have_no_picture(client):
    stream = client.visualize("resnet", "relu", units=[12, 13, 14], pictures=False)
    results = {result.unit: result for result in stream.results()}
    assert stream.state == "partial"
    assert results[13].state == "dead" and results[14].failure == "not finite at step 3"
    with pytest.raises(DeepVisionError, match="there is no picture"):
        results[13].to_pil()


def test_the_spec_says_what_was_asked_for(server, client):
    stream = client.visualize(
        "resnet",
        "relu",
        units=range(2),
        method="maco",
        crops=4,
        noise=0.1,
        size=(48, 64),
        start="noise:7",
        steps=10,
        seed=3,
        numerics="exact",
        penalties={"total_variation": 0.5},
        mode="generate",
        priority=5,
        detach=True,
        max_fps=2,
        layout="atlas",
        gutter=1,
    )
    list(stream)
    request = server.requests[-1]
    assert list(request.spec.unit_list.units) == [0, 1]
    assert request.spec.maco.crops == 4 and not request.spec.maco.HasField("learning_rate")
    assert (request.spec.height, request.spec.width) == (48, 64)
    assert request.spec.start.noise.seed == 7
    assert request.spec.penalties[0].kind == spec_pb.PENALTY_KIND_TOTAL_VARIATION
    assert request.mode == pb.VISUALIZATION_MODE_GENERATE and request.detach
    assert request.view.layout == pb.VISUALIZATION_LAYOUT_ATLAS and request.view.atlas.gutter == 1
    assert server.metadata[-1]["x-network-id"] == "resnet"


def test_no_units_are_answered_with_what_all_of_them_cost(client):
    with pytest.raises(DeepVisionError, match="all_units for all 64") as caught:
        list(client.visualize("resnet", "relu"))
    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "options, complaint",
    [
        ({"method": "magic"}, "fourier, robust, maco"),
        ({"crops": 3}, "fourier has no parameter 'crops'; it has learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate: "),
        ({"units": "some"}, "numbers, or"),
        ({"units": ["x"]}, "whole numbers"),
        ({"mode": "guess"}, "load_or_generate"),
    ],
)
def test_what_makes_no_sense_is_refused_before_it_is_sent(server, client, options, complaint):
    with pytest.raises(DeepVisionError, match=complaint):
        client.visualize("resnet", "relu", **{"units": 0, **options})
    assert not server.requests


def test_a_stream_without_its_trailer_is_incomplete(server, client):
    server.omit_trailer = True
    with pytest.raises(DeepVisionError, match="no trailer came"):
        list(client.visualize("resnet", "relu", 0))


def test_jobs_are_watched_listed_and_cancelled(server, client):
    started = client.start_visualization("resnet", "relu", "all")
    assert started.visualization.spec.all_units
    watched = list(client.watch_visualization(started.visualization.id, units=[1], from_step=0))
    assert isinstance(watched[-1], VisualizationResult) and watched[-1].unit == 1
    assert server.requests[-1].from_step == 0
    assert len(client.list_visualizations("resnet", state="running")) == 2
    assert client.visualization(started.visualization.id).id == started.visualization.id
    client.cancel_visualization(started.ticket)
    assert server.requests[-1].ticket == "ticket-1" and not server.requests[-1].force
    client.cancel_visualization(id=started.visualization.id)
    assert server.requests[-1].force
    client.set_priority(started.visualization.id, 3)
    assert client.delete_visualizations("resnet").unit_count == 3


def test_a_visualization_is_an_input():
    ref = to_input(f"visualization:{fake_visualizations.ID}/7").visualization
    assert (ref.id, ref.unit, ref.image) == (fake_visualizations.ID, 7, 0)
    with pytest.raises(DeepVisionError, match="visualization:ID/UNIT"):
        to_input("visualization:7")
