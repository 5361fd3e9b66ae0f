"""Fixed mixtures, the same in every run, and how much better the network makes them."""

import hashlib
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from tasnet_gui.analysis.scores import si_sdr
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.testset import CorpusMixtures

MIXTURES = 64
SEED = 7


@dataclass(frozen=True, eq=False)
class ValidationSet:
    """Mixtures that never change, whatever becomes of the augmentations that training uses."""

    mixtures: list[Tensor]  # each T
    speech: list[Tensor]  # each T
    key: str  # says whether two scores were measured on the same mixtures


def validation_set(corpus: Corpus, count: int = MIXTURES) -> ValidationSet:
    """Mixtures like those of `tasnet evaluate`, in memory: at -5..15 dB, of the corpus's speakers and recordings."""
    test = CorpusMixtures(corpus, "validation", count, SEED)
    items = [test.item(index) for index in range(count)]
    digest = hashlib.sha256()
    for item in items:
        digest.update(item.mixture.samples.tobytes())
    return ValidationSet(
        [torch.from_numpy(item.mixture.samples[0]) for item in items],
        [torch.from_numpy(item.speech[0]) for item in items],
        digest.hexdigest()[:16],
    )


@torch.inference_mode()
def improvement(net: ConvTasNet, valid: ValidationSet, device: torch.device) -> float:
    """Mean SI-SDR improvement of the speech in dB."""
    gains = []
    for mixture, speech in zip(valid.mixtures, valid.speech, strict=True):
        estimate = net(mixture[None].to(device))[0, 0].float().cpu()
        after, before = (si_sdr(x.numpy(), speech.numpy()) for x in (estimate, mixture))
        if after is not None and before is not None:
            gains.append(after - before)
    return fmean(gains) if gains else 0.0
