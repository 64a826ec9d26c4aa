"""The client: one method per thing that one asks a DeepVision server."""

import dataclasses
import time
from typing import Any

import grpc
import numpy as np

from deepvision import (
    _activation_request,
    _enums,
    _health,
    _visualization_request,
    activations,
    live,
    topology,
    visualizations,
)
from deepvision._calls import Calls
from deepvision._channel import Door
from deepvision._generated.v1 import (
    activation_pb2,
    activation_pb2_grpc,
    common_pb2,
    dataset_pb2,
    dataset_pb2_grpc,
    input_pb2,
    network_pb2,
    network_pb2_grpc,
    server_pb2,
    server_pb2_grpc,
    visualization_pb2,
    visualization_pb2_grpc,
)
from deepvision._items import as_array
from deepvision._picture import Picture
from deepvision.errors import DeepVisionError, incomplete, invalid_input
from deepvision.inputs import (
    digest,
    payload,
    to_input,
    to_input_of_any_size,
    without_payload,
)

DEFAULT_TARGET = "127.0.0.1:50051"
DEFAULT_TIMEOUT_S = 300.0

UPLOAD_PART_BYTES = 1024 * 1024


def connect(
    target=DEFAULT_TARGET, timeout=DEFAULT_TIMEOUT_S, ca=None, certificate=None, key=None, token=None
):
    """A client of the server at `target` (HOST:PORT).

    timeout: seconds that one call may take, streams included; None: no limit.
    ca: file with the authorities of the server's certificate, for TLS.
    certificate, key: files with the client's own, for servers that ask for one.
    token: a bearer token, for servers that want one.
    Returns at once; the connection is made by the first call.
    """
    return Client(target, timeout, Door(ca, certificate, key, token))


@dataclasses.dataclass
class WeightTensor:
    """One parameter or buffer: the proto message, and float32 values."""

    meta: Any
    array: np.ndarray

    @property
    def name(self):
        return self.meta.name


class Client:
    """A connection to a server. Thread-safe; close it, or use it in `with`.

    Every method raises DeepVisionError. `timeout` of a method, in seconds,
    replaces that of the client. Methods that return iterators stream: leaving
    the loop early or Ctrl-C cancels the call on the server.
    """

    def __init__(self, target, timeout=DEFAULT_TIMEOUT_S, door=Door()):
        self.target = target
        self._door = door
        self._calls = Calls(target, timeout, door)
        channel = self._calls.channel
        self._networks = network_pb2_grpc.NetworkServiceStub(channel)
        self._datasets = dataset_pb2_grpc.DatasetServiceStub(channel)
        self._activations = activation_pb2_grpc.ActivationServiceStub(channel)
        self._server = server_pb2_grpc.ServerServiceStub(channel)
        self._visualizations = visualization_pb2_grpc.VisualizationServiceStub(channel)

    def close(self):
        self._calls.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # The server.

    def wait(self, timeout=30.0, network=None):
        """Waits until the server serves, and with `network` until that is ready.

        Raises DEADLINE_EXCEEDED after `timeout` seconds, and FAILED_PRECONDITION
        when the network could not be loaded.
        """
        deadline = time.monotonic() + timeout
        _health.wait_until_serving(self._door, self.target, timeout)
        if network is None:
            return
        found = self.network(network, timeout=max(0.0, deadline - time.monotonic()))
        if found.state == network_pb2.NETWORK_STATE_FAILED:
            raise DeepVisionError(
                f"network {network!r} could not be loaded: {found.failure}",
                grpc.StatusCode.FAILED_PRECONDITION,
                "NETWORK_FAILED",
            )

    def server_info(self, timeout=None):
        """Versions, devices and limits: the proto message GetServerInfoResponse."""
        return self._calls.unary(self._server.GetServerInfo, server_pb2.GetServerInfoRequest(), timeout)

    # Networks.

    def networks(self, timeout=None):
        """All networks: a list of proto messages Network."""
        return list(
            self._calls.pages(
                self._networks.ListNetworks, network_pb2.ListNetworksRequest(), "networks", timeout
            )
        )

    def network(self, network, wait_until_ready=True, timeout=None):
        """One network: the proto message Network."""
        request = network_pb2.GetNetworkRequest(network=network, wait_until_ready=wait_until_ready)
        return self._calls.unary(self._networks.GetNetwork, request, timeout).network

    def classes(self, network, timeout=None):
        """Class names, in unit order."""
        return list(
            self._calls.pages(
                self._networks.ListClasses,
                network_pb2.ListClassesRequest(network=network),
                "names",
                timeout,
            )
        )

    def topology(
        self,
        network,
        view="layers",
        input_size=None,
        omit_markers=False,
        wait_until_ready=True,
        timeout=None,
    ):
        """The graph of a network as a Topology.

        view: "layers" (an operator with its normalisation and activation) or
            "operators".
        input_size: (height, width) for which the shapes hold; default: the
            network's own.
        """
        request = network_pb2.StreamTopologyRequest(
            network=network,
            view=_enums.parse(network_pb2.TopologyView, "TOPOLOGY_VIEW_", view),
            omit_markers=omit_markers,
            wait_until_ready=wait_until_ready,
        )
        if input_size is not None:
            request.input_size.height, request.input_size.width = input_size
        return topology.read(self._calls.stream(self._networks.StreamTopology, request, timeout))

    def histograms(
        self,
        network,
        source="weights",
        input=None,
        layers=(),
        per_channel=False,
        bins=0,
        wait_until_ready=True,
        timeout=None,
    ):
        """Iterates over histograms: proto messages Histogram, layer by layer.

        source: "weights", or "activations" for `input`.
        """
        request = network_pb2.StreamHistogramsRequest(
            network=network,
            layers=_as_list(layers),
            per_channel=per_channel,
            bins=bins,
            source=_enums.parse(network_pb2.HistogramSource, "HISTOGRAM_SOURCE_", source),
            input=None if input is None else to_input(input),
            wait_until_ready=wait_until_ready,
        )
        return self._histograms(self._calls.stream(self._networks.StreamHistograms, request, timeout))

    def weights(self, network, layer, wait_until_ready=True, timeout=None):
        """The parameters of one layer: a list of WeightTensor."""
        request = network_pb2.StreamWeightsRequest(
            network=network, layer=layer, wait_until_ready=wait_until_ready
        )
        items = self._calls.items(self._networks.StreamWeights, request, ("tensor",), timeout)
        return [
            WeightTensor(meta, as_array(data, "<f4", meta.shape, meta.name)) for meta, data in items
        ]

    # Activations.

    def activations(self, network, input, layers=None, timeout=None, **options):
        """Runs the network on `input` and iterates over its layers: an
        ActivationStream of LayerActivation.

        layers: ids, globs ("layer4.*") or proto messages LayerSelection;
            default: all layers of the topology.
        encoding: "float32" (default), "float16", "uint8" or "png".
        range: which values become codes 0 and 255 of uint8 and png: "layer"
            (default), "channel", "symmetric", or "fixed" with fixed_range=(min, max).
        max_side: larger feature maps are averaged down to this many pixels.
        channels: only these channels of the layers.
        statistics: per-channel minimum, maximum, mean, … in each layer's meta.
        prediction: also the most probable classes.
        layout: "channels" (default) or "atlas" (tiles on sheets), the latter with
            max_sheet_side and gutter.
        row_order: "top_down" (default) or "bottom_up".
        numerics, max_message_bytes, expected_digest, wait_until_ready: as in
            deepvision/v1/activation.proto.
        """
        request = _activation_request.make_request(network, to_input(input), layers, **options)
        return activations.ActivationStream(
            self._calls.stream(self._activations.StreamActivations, request, timeout),
            bottom_up=request.row_order == input_pb2.ROW_ORDER_BOTTOM_UP,
        )

    def live(self, network, frames, layers=None, in_flight=2, timeout=None, **options):
        """Runs the network on one frame after the other and iterates over the
        answers: a LiveStream of LiveAnswer.

        frames: an iterable of inputs (arrays of a camera, paths, …), which is read
            on another thread while answers come.
        in_flight: frames that may be underway at one time; 2 keeps the server busy
            and drops none. None: send as fast as `frames` gives them; the server
            answers the newest and drops what it cannot keep up with, which suits a
            camera.
        timeout: seconds for the whole call; default: no limit.
        layers and options: as in activations(); range="smoothed" follows the frames
            slowly, so that pictures do not flicker.
        """
        configuration = _activation_request.make_configuration(network, layers, **options)
        requests = live.LiveRequests(configuration, frames, in_flight)
        responses = self._calls.exchange(
            self._activations.LiveActivations, iter(requests), configuration, timeout
        )
        responses.on_end(requests.close)  # whoever waits to send stops waiting
        return live.LiveStream(responses, requests)

    def classify(self, network, input, top_k=0, numerics=None, wait_until_ready=True, timeout=None):
        """The most probable classes: the proto message ClassifyResponse, whose
        `prediction.classes` have index, name, logit and probability (0..1)."""
        request = activation_pb2.ClassifyRequest(
            network=network,
            input=to_input(input),
            top_k=top_k,
            wait_until_ready=wait_until_ready,
            numerics=_enums.parse(common_pb2.Numerics, "NUMERICS_", numerics),
        )
        return self._calls.unary(self._activations.Classify, request, timeout)

    # Visualizations.

    def visualize(
        self,
        network,
        layer,
        units=None,
        method="fourier",
        mode=None,
        priority=0,
        detach=False,
        from_step=None,
        replay_fps=0,
        timeout=None,
        **options,
    ):
        """Makes images that maximise units, and iterates over progress, pictures and
        results while they grow: a VisualizationStream.

        units: a number, numbers, or "all".
        method: "fourier", "robust" or "maco", whose parameters are options, too, for
            example learning_rate=0.1 (deepvision/v1/visualization_spec.proto).
        steps, seed, size (a number or (height, width)), start (an input), numerics.
        objective: a proto message Objective; default: the mean of the unit.
        penalties: {"total_variation": 0.1, "l1": …, "l2": …, "blur": …}.
        quality_dataset: id of a dataset whose images results are measured against.
        mode: "load_or_generate" (default), "generate", "load_only", "load_latest".
        detach: the job goes on when this stream is left.
        from_step: shows first how images that exist grew, at replay_fps.
        View: pictures=False (results only), every_steps, max_fps, max_side, encoding
            ("png", "jpeg", "rgb8", "rgba8", "float32" with space="display" or
            "network"), transparency, row_order, layout ("units" or "atlas", the
            latter with max_sheet_side and gutter).
        timeout: seconds for the whole call; default: no limit.
        """
        view = _visualization_request.split_view(options)
        request = visualization_pb2.StreamVisualizationRequest(
            spec=_visualization_request.make_spec(network, layer, units, method, **options),
            mode=_visualization_request.mode_of(mode),
            priority=priority,
            wait_until_ready=True,
            view=view,
            from_step=from_step,
            replay_fps=replay_fps,
            detach=detach,
        )
        return self._watch(self._visualizations.StreamVisualization, request, timeout)

    def start_visualization(
        self,
        network,
        layer,
        units=None,
        method="fourier",
        mode=None,
        priority=0,
        timeout=None,
        **spec,
    ):
        """Starts a job that goes on by itself: the proto message
        StartVisualizationResponse, whose `visualization.id` is to watch and whose
        `ticket` is to cancel. Arguments as in visualize()."""
        request = visualization_pb2.StartVisualizationRequest(
            spec=_visualization_request.make_spec(network, layer, units, method, **spec),
            mode=_visualization_request.mode_of(mode),
            priority=priority,
            wait_until_ready=True,
        )
        return self._calls.unary(self._visualizations.StartVisualization, request, timeout)

    def watch_visualization(
        self, id, units=(), from_step=None, replay_fps=0, timeout=None, **view
    ):
        """Looks at a job, also at one that has ended: a VisualizationStream. `view` as
        in visualize(). Leaving it does nothing to the job."""
        request = visualization_pb2.WatchVisualizationRequest(
            id=id,
            units=units,
            from_step=from_step,
            replay_fps=replay_fps,
            view=_visualization_request.make_view(**view),
        )
        return self._watch(self._visualizations.WatchVisualization, request, timeout)

    def visualization(self, id, timeout=None):
        """A job with all its units: the proto message Visualization."""
        request = visualization_pb2.GetVisualizationRequest(id=id)
        return self._calls.unary(self._visualizations.GetVisualization, request, timeout).visualization

    def list_visualizations(self, network="", layer="", state=None, timeout=None):
        """Jobs, newest first: a list of proto messages Visualization, without units."""
        request = visualization_pb2.ListVisualizationsRequest(
            network=network,
            layer=layer,
            state=_enums.parse(
                visualization_pb2.VisualizationState, "VISUALIZATION_STATE_", state
            ),
        )
        call = self._visualizations.ListVisualizations
        return list(self._calls.pages(call, request, "visualizations", timeout))

    def cancel_visualization(self, ticket=None, id=None, timeout=None):
        """Gives back a ticket; with `id`, for administrators, cancels a job whoever
        wants it. The proto message Visualization."""
        request = visualization_pb2.CancelVisualizationRequest(
            ticket=ticket, id=id, force=id is not None
        )
        return self._calls.unary(self._visualizations.CancelVisualization, request, timeout).visualization

    def set_priority(self, id, priority, timeout=None):
        """Of a job that waits or runs; jobs of higher priority run first."""
        request = visualization_pb2.SetPriorityRequest(id=id, priority=priority)
        return self._calls.unary(self._visualizations.SetPriority, request, timeout).visualization

    def delete_visualizations(self, network="", layer="", id="", timeout=None):
        """Deletes what is stored of a network, a layer or a job: the proto message
        DeleteVisualizationsResponse, with counts."""
        request = visualization_pb2.DeleteVisualizationsRequest(network=network, layer=layer, id=id)
        return self._calls.unary(self._visualizations.DeleteVisualizations, request, timeout)

    # Pictures.

    def datasets(self, timeout=None):
        """All datasets: a list of proto messages Dataset."""
        return list(
            self._calls.pages(
                self._datasets.ListDatasets, dataset_pb2.ListDatasetsRequest(), "datasets", timeout
            )
        )

    def noise_generators(self, timeout=None):
        """All noise generators: a list of proto messages NoiseGenerator."""
        return list(
            self._calls.pages(
                self._datasets.ListNoiseGenerators,
                dataset_pb2.ListNoiseGeneratorsRequest(),
                "generators",
                timeout,
            )
        )

    def images(
        self,
        dataset,
        indices=None,
        range=None,
        class_name=None,
        sample=None,
        max_side=0,
        encoding="png",
        row_order=None,
        timeout=None,
    ):
        """Iterates over pictures of a dataset, as Picture. One selection at most:

        indices: a list; range: (first, count); class_name: a class;
        sample: (count, seed), a random choice.
        """
        request = dataset_pb2.StreamImagesRequest(
            dataset=dataset,
            max_side=max_side,
            encoding=_enums.parse(dataset_pb2.ImageEncoding, "IMAGE_ENCODING_", encoding),
            row_order=_enums.parse(input_pb2.RowOrder, "ROW_ORDER_", row_order),
        )
        _select_images(request, indices, range, class_name, sample)
        items = self._calls.items(self._datasets.StreamImages, request, ("image",), timeout)
        return (Picture(meta, data) for meta, data in items)

    def input_picture(self, input, network="", encoding="png", timeout=None):
        """An input as a Picture; with a network: what the network sees of it."""
        request = dataset_pb2.StreamInputRequest(
            input=to_input(input),
            network=network,
            form=dataset_pb2.INPUT_FORM_PICTURE,
            encoding=_enums.parse(dataset_pb2.ImageEncoding, "IMAGE_ENCODING_", encoding),
            wait_until_ready=True,
        )
        return Picture(*self._only_item(request, timeout))

    def input_tensor(self, input, network, timeout=None):
        """Exactly the tensor that the network sees: float32 [channels, height, width]."""
        request = dataset_pb2.StreamInputRequest(
            input=to_input(input),
            network=network,
            form=dataset_pb2.INPUT_FORM_TENSOR,
            wait_until_ready=True,
        )
        meta, data = self._only_item(request, timeout)
        return as_array(data, "<f4", meta.shape, "the input")

    def upload(self, input, timeout=None):
        """Sends an input once, however large, and returns what stands for it in further calls.

        The server forgets inputs that were not used for a while; a call with one
        then fails with the reason INPUT_EXPIRED.
        """
        whole = to_input_of_any_size(input)
        data = payload(whole)
        if not data:
            raise invalid_input("only pictures and tensors with bytes of their own are uploaded")
        messages = _upload_messages(whole, data)
        response = self._calls.unary(self._datasets.UploadInput, messages, timeout)
        return digest(response.input_digest)

    def _watch(self, method, request, timeout):
        responses = self._calls.unlimited_stream(method, request, timeout)
        return visualizations.VisualizationStream(responses)

    def _only_item(self, request, timeout):
        items = list(self._calls.items(self._datasets.StreamInput, request, ("image", "tensor"), timeout))
        if len(items) != 1:
            raise incomplete(f"one item was asked for, {len(items)} came")
        return items[0]

    @staticmethod
    def _histograms(responses):
        complete = False
        with responses:
            for response in responses:
                if response.HasField("histogram"):
                    yield response.histogram
                complete = complete or response.HasField("trailer")
        if not complete:
            raise incomplete("the histograms broke off: no trailer came")


def _upload_messages(whole, data):
    start = dataset_pb2.UploadStart(input=without_payload(whole), byte_count=len(data))
    yield dataset_pb2.UploadInputRequest(start=start)
    for begin in range(0, len(data), UPLOAD_PART_BYTES):
        yield dataset_pb2.UploadInputRequest(data=data[begin : begin + UPLOAD_PART_BYTES])


def _as_list(layers):
    return [layers] if isinstance(layers, str) else list(layers)


def _select_images(request, indices, range, class_name, sample):
    if indices is not None:
        request.indices.indices.extend(indices)
    if range is not None:
        request.range.first, request.range.count = range
    if class_name is not None:
        request.class_name = class_name
    if sample is not None:
        request.sample.count, request.sample.seed = sample
