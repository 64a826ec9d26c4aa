"""VisualizationService of the fake server: images of one colour that grows with the
step, three snapshots on the way."""

import grpc
import numpy as np
from fake_messages import abort, end, png

from deepvision._generated.v1 import common_pb2, visualization_pb2_grpc
from deepvision._generated.v1 import visualization_pb2 as pb

STEPS = 8
ID = f"networks/resnet/visualizations/{'ab' * 32}"


def picture(unit, step, side=16):
    """uint8 [side, side, 3]."""
    return np.full((side, side, 3), (unit * 20 % 256, step * 25 % 256, 7), np.uint8)


class FakeVisualizations(visualization_pb2_grpc.VisualizationServiceServicer):
    """Unit 13 is dead, unit 14 fails. Others take STEPS steps."""

    def StreamVisualization(self, request, context):
        self._visualization_check(request, context)
        yield from self._visualization_messages(request.spec, request.view, request, "ticket-1")

    def WatchVisualization(self, request, context):
        self.requests.append(request)
        spec = self._visualization_spec()
        del spec.unit_list.units[:]
        spec.unit_list.units.extend(request.units or [0, 1])
        yield from self._visualization_messages(spec, request.view, request, "")

    def StartVisualization(self, request, context):
        self._visualization_check(request, context)
        return pb.StartVisualizationResponse(
            visualization=self._visualization(request.spec), ticket="ticket-1"
        )

    def GetVisualization(self, request, context):
        self.requests.append(request)
        return pb.GetVisualizationResponse(visualization=self._visualization())

    def ListVisualizations(self, request, context):
        self.requests.append(request)
        page = int(request.page_token or 0)
        return pb.ListVisualizationsResponse(
            visualizations=[self._visualization()],
            next_page_token="1" if page == 0 else "",
        )

    def CancelVisualization(self, request, context):
        self.requests.append(request)
        return pb.CancelVisualizationResponse(visualization=self._visualization())

    def SetPriority(self, request, context):
        self.requests.append(request)
        return pb.SetPriorityResponse(visualization=self._visualization())

    def DeleteVisualizations(self, request, context):
        self.requests.append(request)
        return pb.DeleteVisualizationsResponse(unit_count=3, byte_count=4096, job_count=1)

    # Parts of answers.

    def _visualization_check(self, request, context):
        self._note(request, context)
        if request.spec.WhichOneof("units") is None:
            abort(
                context,
                grpc.StatusCode.INVALID_ARGUMENT,
                "spec.units: is not set; name units, or set all_units for all 64 (about 20 min)",
                "INVALID_FIELD",
            )

    @staticmethod
    def _visualization_spec():
        request = pb.StartVisualizationRequest()
        request.spec.network, request.spec.layer = "resnet", "relu"
        request.spec.unit_list.units.extend([0, 1])
        return request.spec

    def _visualization(self, spec=None, state=pb.VISUALIZATION_STATE_RUNNING):
        spec = spec or self._visualization_spec()
        job = pb.Visualization(id=ID, spec=spec, network_digest="ab" * 32)
        job.spec.steps = spec.steps or STEPS
        job.spec.fourier.SetInParent()
        job.status.state = state
        return job

    def _visualization_messages(self, spec, view, request, ticket):
        units = list(spec.unit_list.units) or list(range(16))
        self._visualization_items = self._visualization_bytes = 0
        job = self._visualization(spec)
        header = pb.VisualizationHeader(visualization=job, units=units, ticket=ticket)
        Response = pb.WatchVisualizationResponse
        if isinstance(request, pb.StreamVisualizationRequest):
            Response = pb.StreamVisualizationResponse
        yield Response(header=header)
        yield Response()  # a heartbeat
        status = pb.VisualizationStatus(state=pb.VISUALIZATION_STATE_RUNNING, steps_per_second=2.5)
        status.units.extend(pb.UnitStatus(unit=unit, state=pb.UNIT_STATE_RUNNING) for unit in units)
        status.counts.running = len(units)
        yield Response(state=status)
        for step in range(2, STEPS, 2):
            yield Response(progress=_progress(units, step))
            if view.results_only:
                continue
            for unit in units:
                meta = pb.VisualizationPicture(unit=unit, step=step)
                yield self._visualization_item(Response, "picture", meta, picture(unit, step), view)
        for unit in units:
            yield self._visualization_item(Response, "result", *_result(unit), view)
        done = sum(unit not in (13, 14) for unit in units)
        ended = pb.VisualizationStatus(state=pb.VISUALIZATION_STATE_SUCCEEDED)
        ended.counts.done, ended.counts.failed = done, len(units) - done
        if done < len(units):
            ended.state = pb.VISUALIZATION_STATE_PARTIAL
        yield Response(state=ended)
        if not self.omit_trailer:
            trailer = pb.VisualizationTrailer(
                item_count=self._visualization_items,
                byte_count=self._visualization_bytes,
                result_count=len(units),
            )
            yield Response(trailer=trailer)

    def _visualization_item(self, Response, member, meta, image, view):
        data = b"" if image is None else _encode(image, view)
        if image is not None:
            pixels = meta.pixels
            pixels.width, pixels.height, pixels.byte_count = 16, 16, len(data)
            pixels.channels, pixels.row_order = 3, view.row_order
            pixels.encoding = view.encoding or pb.VISUALIZATION_ENCODING_PNG
        self._visualization_items += 1
        self._visualization_bytes += len(data)
        message = Response(data=data, end=end(data))
        getattr(message, member).CopyFrom(meta)
        return message


def _encode(image, view):
    if view.row_order == 2:
        image = image[::-1]
    if view.encoding == pb.VISUALIZATION_ENCODING_RGB8:
        return image.tobytes()
    if view.encoding == pb.VISUALIZATION_ENCODING_RGBA8:
        return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]).tobytes()
    if view.encoding == pb.VISUALIZATION_ENCODING_FLOAT32:
        return (np.moveaxis(image, -1, 0) / 255).astype("<f4").tobytes()
    return png(image)


def _progress(units, step):
    return pb.VisualizationProgress(
        units=units,
        steps=[step] * len(units),
        objectives=[0.5 * step + unit for unit in units],
        gradient_norms=[1.0 / step] * len(units),
    )


def _result(unit):
    status = pb.UnitStatus(unit=unit, state=pb.UNIT_STATE_DONE, step=STEPS)
    if unit == 13:
        status.state = pb.UNIT_STATE_DEAD
    if unit == 14:
        status.state = pb.UNIT_STATE_FAILED
        status.failure.message = "not finite at step 3"
    meta = pb.VisualizationResult(status=status)
    if unit in (13, 14):
        return meta, None
    meta.quality.objective = 1.5 + unit
    meta.quality.dataset_maximum = 9
    meta.produced_by.CopyFrom(common_pb2.ProducedBy(device="cpu", threads=2))
    return meta, picture(unit, STEPS)
