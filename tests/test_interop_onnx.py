"""An ONNX graph's answers against its own layers in NumPy; only where onnxruntime is installed."""

import numpy as np
import pytest

from cam_augment import interop

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")
runtime = pytest.importorskip("onnxruntime", reason="pip install onnxruntime")
RNG = np.random.default_rng(0)
KERNEL = RNG.normal(size=(6, 3, 2, 2)).astype(np.float32)
DENSE = RNG.normal(size=(4, 6)).astype(np.float32)
IMAGES = RNG.random((9, 3, 8, 10), np.float32)
LABELS = np.arange(9) % 4


def session():
    """Convolution, ReLU, average pooling, dense layer; features are an output, too."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["cells"], strides=[2, 2]),
        helper.make_node("Relu", ["cells"], ["features"]),
        helper.make_node("GlobalAveragePool", ["features"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", kind, ["n", 3, 8, 10])],
        [helper.make_tensor_value_info("features", kind, ["n", 6, 4, 5]),
         helper.make_tensor_value_info("logits", kind, ["n", 4])],
        [onnx.numpy_helper.from_array(KERNEL, "kernel"),
         onnx.numpy_helper.from_array(DENSE, "dense")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def test_a_graph_has_the_maps_of_its_layers():
    patches = IMAGES.reshape(9, 3, 4, 2, 5, 2)
    cells = np.maximum(np.einsum("kcab,ncialb->nkil", KERNEL, patches), 0)
    logits = cells.mean(axis=(2, 3)) @ DENSE.T
    answers = interop.onnx_answers(
        session(), IMAGES, LABELS, features="features", logits="logits", kernel=DENSE
    )
    np.testing.assert_allclose(answers.logits, logits, rtol=1e-4, atol=1e-5)
    expected = np.maximum(np.einsum("nkij,nk->nij", cells, DENSE[LABELS]), 0)
    np.testing.assert_allclose(answers.maps, expected, rtol=1e-4, atol=1e-5)
