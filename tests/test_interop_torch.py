"""PyTorch models' answers against Grad-CAM by hooks of their own; only where torch is installed."""

import numpy as np
import pytest

from cam_augment import InputError, compare_answers, interop

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
nn = torch.nn
COUNT, CLASSES = 12, 5


class Block(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        same = before == channels and stride == 1
        self.downsample = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
        )  # fmt: skip

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.downsample(x))


class ResNet18(nn.Module):
    """He et al. (2016), table 1, as torchvision names its parts."""

    def __init__(self, classes=CLASSES):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(64), nn.ReLU(inplace=True)
        self.maxpool, self.avgpool = nn.MaxPool2d(3, 2, 1), nn.AdaptiveAvgPool2d(1)
        sizes = [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]
        for number, (before, channels, stride) in enumerate(sizes, 1):
            stage = nn.Sequential(Block(before, channels, stride), Block(channels, channels, 1))
            setattr(self, f"layer{number}", stage)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Small(nn.Module):
    """A layer that the next one writes into, behind frozen weights."""

    def __init__(self, seed=0, units=CLASSES, ending=None):
        super().__init__()
        torch.manual_seed(seed)
        self.seen = nn.Conv2d(3, 6, 3, 2, 1)
        self.body = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(6, 4, 3, 1, 1), nn.Tanh())
        self.head, self.ending = nn.Linear(4 * 16 * 16, units), ending or nn.Identity()
        for parameter in self.parameters():
            parameter.requires_grad_(False)

    def forward(self, x):
        return self.ending(self.head(torch.flatten(self.body(self.seen(x)), 1)))


class Named(nn.Module):
    """Gives its outputs by name."""

    def forward(self, x):
        return {"logits": x}


@pytest.fixture(scope="module")
def images():
    return torch.rand(COUNT, 3, 32, 32, generator=torch.Generator().manual_seed(0))


LABELS = np.arange(COUNT) % CLASSES


def loader(images, labels=LABELS, batch=5):
    return [(images[i : i + batch], torch.tensor(labels[i : i + batch]))
            for i in range(0, len(images), batch)]  # fmt: skip


def by_hand(model, layer, images, labels):
    """Grad-CAM (Selvaraju et al. 2017), image by image, by hooks of its own."""
    model.eval()
    maps = []
    for image, label in zip(images, labels, strict=True):
        tensors = {}

        def forward(_module, _inputs, output, tensors=tensors):
            tensors["cells"] = output.detach().clone()
            output.register_hook(lambda slope: tensors.update(slopes=slope.clone()))

        handle = layer.register_forward_hook(forward)
        model(image[None])[0, label].backward()
        handle.remove()
        weights = tensors["slopes"].mean(dim=(2, 3), keepdim=True)
        maps.append(torch.relu((weights * tensors["cells"]).sum(dim=1))[0])
    return torch.stack(maps).numpy()


@pytest.mark.parametrize("stage", ["layer3", "layer4"])
def test_resnet18_has_the_maps_of_its_own_hooks(stage, images):
    torch.manual_seed(1)
    model = ResNet18()
    large = nn.functional.interpolate(images, (96, 96))
    answers = interop.torch_answers(model, stage, loader(large))
    expected = by_hand(model, getattr(model, stage), large, LABELS)
    assert answers.maps.shape[1:] == {"layer3": (6, 6), "layer4": (3, 3)}[stage]
    np.testing.assert_allclose(answers.maps, expected, rtol=0, atol=1e-4 * expected.max())
    assert expected.any(axis=(1, 2)).sum() >= COUNT // 3
    np.testing.assert_allclose(answers.logits, model(large).detach(), atol=1e-4)


def test_resnet18s_are_compared(images):
    def ask(seed):
        torch.manual_seed(seed)
        return interop.torch_answers(ResNet18(), "layer3", loader(images))

    arms = {"plain": [ask(0), ask(1)], "other": [ask(2), ask(3)]}
    shown = images.permute(0, 2, 3, 1).numpy()
    profile = compare_answers(
        arms, LABELS, shown, baseline="plain", bootstrap=100, metrics=("pearson",)
    )
    assert profile.validity["layer"] == "layer3"
    assert profile.effect("other", "excess_shift.pearson").estimate is not None


@pytest.mark.parametrize("cam", ["gradcam", "gradcam++", "hirescam", "layercam", "xgradcam"])
def test_frozen_weights_and_layers_that_are_written_into(cam, images):
    model = Small()
    answers = interop.torch_answers(model, model.seen, loader(images), cam=cam)
    cells = model.seen(images).detach().requires_grad_()
    scores = model.head(torch.flatten(model.body(cells.clone()), 1))
    (slopes,) = torch.autograd.grad(scores[range(COUNT), LABELS.tolist()].sum(), cells)
    last = [tensor.detach().permute(0, 2, 3, 1).numpy() for tensor in (cells, slopes)]
    np.testing.assert_allclose(answers.maps, interop.maps(*last, cam), atol=1e-5)
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_a_model_stays_in_the_mode_that_it_was_in(images):
    model = ResNet18().train()
    model.layer2.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    interop.torch_answers(model, "layer4", loader(images))
    assert (model.training, model.layer2.training, model.fc.training) == (True, False, True)
    assert not model.layer4._forward_hooks
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(parameter.grad is None for parameter in model.parameters())


def test_one_unit_is_explained_for_either_class(images):
    model, two = Small(units=1), np.arange(COUNT) % 2
    answers = interop.torch_answers(model, "seen", loader(images, two))
    flipped = interop.torch_answers(model, "seen", loader(images, 1 - two))
    assert answers.logits.shape == (COUNT, 1)
    assert not (answers.maps * flipped.maps).any()  # of z and of -z: one of the two is cut off


def test_predicted_classes_need_no_labels(images):
    model = Small()
    predicted = model(images).argmax(dim=1).numpy()
    alone = interop.torch_answers(model, "seen", images.split(5), target="predicted")
    named = interop.torch_answers(model, "seen", loader(images, predicted))
    np.testing.assert_array_equal(alone.maps, named.maps)


@pytest.mark.parametrize(
    ("model", "layer", "batches", "words"),
    [
        (Small, "sen", loader, "no layer 'sen'. Did you mean 'seen'"),
        (Small, nn.Linear(1, 1), loader, "Linear is not a layer of the model"),
        (Small, "head", loader, r"layer 'head' gives \(5, 5\)"),
        (lambda: Small(ending=nn.Softmax(1)), "seen", loader, "the model ends in Softmax: maps"),
        (lambda: Small(ending=nn.LogSoftmax(1)), "seen", loader, "the model ends in LogSoftmax"),
        (lambda: Small(1, 1, nn.Sigmoid()), "seen", loader, "the model ends in Sigmoid"),
        (
            lambda: Small(ending=nn.Sequential(nn.Sigmoid(), nn.Flatten())),
            "seen",
            loader,
            "the model ends in Sigmoid",
        ),
        (Small, "seen", lambda images: images.split(5), "target 'true' needs labels"),
        (Small, "seen", lambda _images: [], "the loader gives no images"),
        (Small, "seen", lambda images: loader(images, LABELS + 1), "a label is 5; .* 5 classes"),
        (Small, "seen", lambda images: loader(images, LABELS - 1), "whole numbers from 0"),
        (Small, "seen", lambda images: [(images, LABELS[:3])], "3 labels for 12 images"),
        (lambda: Small(ending=Named()), "seen", loader, "the model gives dict; logits"),
    ],
)
def test_what_cannot_be_asked_is_named(model, layer, batches, words, images):
    with pytest.raises(InputError, match=words):
        interop.torch_answers(model(), layer, batches(images))


def test_a_target_is_one_of_two_words(images):
    with pytest.raises(InputError, match=r"no target 'predict'.* Allowed: predicted, true"):
        interop.torch_answers(Small(), "seen", loader(images), target="predict")


def test_one_hot_labels_are_labels(images):
    model, rows = Small(), np.eye(CLASSES)[LABELS]
    one, other = (interop.torch_answers(model, "seen", loader(images, y)) for y in (LABELS, rows))
    np.testing.assert_array_equal(one.maps, other.maps)
