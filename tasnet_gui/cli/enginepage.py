"""What a model is run with on this machine: device, threads, and which matrix products are exact and fast here."""

import math
import os
from typing import Any

from tasnet_gui.engine import device


def as_values(threads: int | None = None) -> dict[str, Any]:
    """Try it out, in about a tenth of a second after torch is loaded.

    Raises:
        BadRequest: `TASNET_KERNEL` names a kernel that there is not, or that does not work here.
        DeviceError: torch cannot be loaded.
    """
    place = device.choose("auto")
    import torch

    from tasnet_gui.engine import kernels

    count = device.thread_count(threads)
    with device.using_threads(count):
        best, trials = kernels.best(), kernels.trials()
    return {
        "torch": torch.__version__,
        "device": place.name,
        "device_note": place.note,
        "threads": count,
        "cores": device.physical_cores(),
        "kernel": best.name,
        "kernel_forced": bool(os.environ.get(kernels.VARIABLE)),
        "kernels": [
            {
                "name": trial.name,
                "about": trial.about,
                "gflops": round(trial.gflops, 1),
                "error": trial.error if math.isfinite(trial.error) else None,
                "trouble": trial.trouble,
            }
            for trial in trials
        ],
    }


def page(values: dict[str, Any]) -> str:
    """The same to be read."""
    forced = ", forced by TASNET_KERNEL" if values["kernel_forced"] else ""
    lines = [
        f"Device   {values['device']}" + (f" ({values['device_note']})" if values["device_note"] else ""),
        f"Threads  {values['threads']} of {values['cores']} cores",
        f"Kernel   {values['kernel']}{forced}",
        f"PyTorch  {values['torch']}",
        "",
        "Matrix products on this CPU",
    ]
    width = max(len(kernel["name"]) for kernel in values["kernels"])
    for kernel in values["kernels"]:
        mark = "*" if kernel["name"] == values["kernel"] else " "
        found = kernel["trouble"] or f"{kernel['gflops']:5.0f} GFLOP/s, error {kernel['error']:.0e}"
        lines.append(f"{mark} {kernel['name']:{width}}  {found}  ({kernel['about']})")
    return "\n".join(lines)
