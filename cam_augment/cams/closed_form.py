"""CAM itself: no gradient, the dense layer's kernel is the weight."""

from cam_augment.registry import CAMS


@CAMS.add("cam", form="kernel")
def cam(activations, kernel):
    """CAM: channels weighed by the dense layer's kernel (Zhou et al. 2016, eq. 2).

    The sum over k of w_k A_k(i, j), with w the dense layer's kernel for the target.

    Only for a network that ends in global average pooling and one dense layer.

    Args:
        activations: float32 [image, row, column, channel].
        kernel: float32 [image, channel], the kernel's column of each image's target.

    Returns:
        float32 [image, channel], the weights: the driver multiplies activations by them.
    """
    return kernel
