"""Whether products of bfloat16 matrices are fast here; where they are not they are slower than those of float32."""

import torch


def bf16_helps(device: torch.device) -> bool:
    """Whether the processor or GPU multiplies bfloat16 by itself."""
    if device.type == "cuda":
        return bool(torch.cuda.get_device_capability(device) >= (8, 0))  # Ampere; older ones emulate it
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    can = torch.cpu.get_capabilities()
    return any(bool(can.get(name)) for name in ("avx512_bf16", "amx_bf16", "bf16"))
