"""Fixed mixtures, the same in every run, and how much better the network makes them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.mixing import Batch, Mixer, Mixing

SECONDS = 4
MIXTURES = 64
PLAIN = Mixing(
    snr=(-5.0, 15.0), level=(-26.0, -26.0), speed=(1.0, 1.0), no_speech=0, no_noise=0, second_noise=0, babble=0,
    coloured=0, hum=0, room=0, equalise=0, band_limit=0,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ValidationSet:
    """Batches that never change."""

    batches: list[Batch]


def validation_set(corpus: Corpus, device: torch.device, seed: int = 7) -> ValidationSet:
    """Plain mixtures at -5..15 dB of the corpus's speakers and recordings, drawn with a fixed seed on the CPU."""
    random = torch.Generator().manual_seed(seed)
    mixer = Mixer(corpus, SECONDS * corpus.rate, PLAIN, random)
    drawn = [mixer.draw(8) for _ in range(MIXTURES // 8)]
    return ValidationSet([Batch(b.mixture.to(device), b.speech.to(device), b.noise.to(device)) for b in drawn])


@torch.inference_mode()
def improvement(net: ConvTasNet, valid: ValidationSet) -> float:
    """Mean SI-SDR improvement of the speech in dB."""
    gains = [
        si_sdr(net(batch.mixture)[:, 0], batch.speech) - si_sdr(batch.mixture, batch.speech) for batch in valid.batches
    ]
    return float(torch.cat(gains).mean())


def si_sdr(estimate: Tensor, target: Tensor) -> Tensor:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019), both signals zero-mean. [B, T] -> [B]."""
    target = target - target.mean(-1, keepdim=True)
    estimate = estimate - estimate.mean(-1, keepdim=True)
    scale = (estimate * target).sum(-1, keepdim=True) / target.square().sum(-1, keepdim=True).add(1e-12)
    wanted = scale * target
    return 10 * torch.log10((wanted.square().sum(-1) + 1e-12) / ((estimate - wanted).square().sum(-1) + 1e-12))
