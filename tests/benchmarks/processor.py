"""Which processor a figure is from: ratios differ from one to the next."""

import os
import platform
from pathlib import Path

import torch


def processor() -> str:
    """Return the processor's model, vendor, cores and widest instructions, and the version of torch."""
    told = _told_by_kernel()
    model = told.get("model name") or platform.processor() or platform.machine()
    vendor = f" ({told['vendor_id']})" if "vendor_id" in told else ""
    widest = torch.backends.cpu.get_cpu_capability() + (", AMX" if "amx_tile" in told.get("flags", "") else "")
    return f"{model}{vendor}, {os.cpu_count()} cores, {widest}; torch {torch.__version__}"


def _told_by_kernel() -> dict[str, str]:
    """Return what Linux says of the first core; {} elsewhere."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").partition("\n\n")[0].splitlines() if path.exists() else []
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
