"""Expected values of TrainingStepTests: two batches of RankAAE's five optimizer steps in PyTorch, float64, no dropout, no noise.

Run by hand with Debian's python3-torch (1.13.1 wrote the committed file): python3 make_train_step.py > train_step.json
Written for these tests from the equations of Liang et al., Phys. Rev. Mater. 7, 053802 (2023). Every input is a formula, so that the C# test makes
the same numbers: element j of input number t is a * sin(0.7 t + 1.3 j + 0.1).
"""
import json

import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)
ROWS, POINTS, HIDDEN, STYLES, DESCRIPTORS = 50, 24, 16, 4, 3


def wave(number, count, amplitude=1.0):
    return amplitude * np.sin(0.7 * number + 1.3 * np.arange(count) + 0.1)


def network(widths, norm, last_norm, last=None):
    layers = []
    for i, (a, b) in enumerate(widths):
        layers.append(nn.Linear(a, b))
        if i < len(widths) - 1:
            layers.append(nn.PReLU(b, init=0.01))
            if norm:
                layers.append(nn.BatchNorm1d(b, affine=False))
    if last_norm:
        layers.append(nn.BatchNorm1d(widths[-1][1], affine=False))
    if last is not None:
        layers.append(last)
    return nn.Sequential(*layers).double()


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.alpha * gradient, None


def rank_loss(d, s, balance):
    sign = torch.sign(d[:, None] - d[None])
    p = (s[:, None] - s[None]) * sign
    w = torch.ones_like(p)
    if balance:
        for k in range(d.shape[1]):
            same, opposite = max((p[..., k] > 0).sum().item(), 1), max((p[..., k] < 0).sum().item(), 1)
            w[..., k][p[..., k] > 0] = opposite / max(same, opposite)
    n = d.shape[0]
    return -(p * w.detach()).sum() / ((n * n - n) * d.shape[1])


def run(reversal, flexible, balance):
    hidden = [(HIDDEN, HIDDEN)]
    e = network([(POINTS, HIDDEN)] + hidden + [(HIDDEN, STYLES)], True, True)
    d = network([(STYLES, HIDDEN)] + hidden + [(HIDDEN, POINTS)], True, False, nn.Softplus(beta=2))
    c = network([(STYLES, HIDDEN)] + hidden + [(HIDDEN, 1)], False, False)
    number = 0
    for net in (e, d, c):
        for module in net:
            if isinstance(module, nn.Linear):
                for p in (module.weight, module.bias):
                    number += 1
                    p.data = torch.tensor(wave(number, p.numel(), 1 / np.sqrt(module.in_features)).reshape(p.shape))
    options = dict(lr=1e-2, weight_decay=0.01)
    es, ds, cs = list(e.parameters()), list(d.parameters()), list(c.parameters())
    dis_betas = (0.9 * 1.1, 0.009 * 1.1 + 0.99)
    gen_betas = (0.9 * 1.05, 0.009 * 1.05 + 0.99)
    adversarial = torch.optim.AdamW(es + cs if reversal else cs, lr=1e-3, betas=dis_betas)
    generator = torch.optim.AdamW(es, lr=1e-2, betas=gen_betas)
    rank, recon = torch.optim.AdamW(es, **options), torch.optim.AdamW(es + ds, **options)
    mutual, smooth = torch.optim.AdamW(es + ds, lr=1e-3), torch.optim.AdamW(ds, lr=1e-3, weight_decay=0.01)
    bce = nn.BCEWithLogitsLoss()
    t = torch.arange(-8, 9).double()
    kernel = torch.exp(-t * t / 18)
    kernel /= kernel.sum()

    def step(loss, *optimizers):
        for net in (e, d, c):
            net.zero_grad()
        loss.backward()
        for o in optimizers:
            o.step()
        return loss.item()

    losses, state = [], None
    for batch in range(2):
        x = torch.tensor(np.abs(wave(100 + batch, ROWS * POINTS)).reshape(ROWS, POINTS) + 0.2)
        # integer steps make ties
        labels = torch.tensor(np.round(3 * wave(200 + batch, ROWS * DESCRIPTORS)).reshape(ROWS, DESCRIPTORS))
        z1 = torch.tensor(wave(300 + batch, ROWS * STYLES).reshape(ROWS, STYLES))
        z2 = torch.tensor(wave(400 + batch, ROWS * STYLES).reshape(ROWS, STYLES))
        alpha = 0.3 + 0.1 * batch
        one, zero = torch.ones(ROWS, 1).double(), torch.zeros(ROWS, 1).double()
        s = e(x)
        d(s)   # the reference computes a reconstruction here and does not use it
        if reversal:
            a = step(bce(c(Reverse.apply(z1, alpha)), one) + bce(c(Reverse.apply(s, alpha)), zero), adversarial)
        else:
            a = step(bce(c(z1), one) + bce(c(s.detach()), zero), adversarial)
            step(bce(c(e(x)), one), generator)
        k = step(rank_loss(labels, e(x)[:, :DESCRIPTORS], balance), rank)
        out = d(e(x))
        if flexible:
            r = out.mean(1).abs() / x.mean(1).abs()
            loss = 0.1 * ((r - 1) ** 2).mean() + ((out - r.detach().clamp(0.7, 1.3)[:, None] * x) ** 2).mean()
        else:
            loss = ((out - x) ** 2).mean()
        rec = step(loss, recon)
        e(x)   # as above
        m = step(((e(d(z2)) - z2) ** 2).mean(), mutual)
        out = d(e(x))
        smoothed = nn.functional.conv1d(nn.functional.pad(out[:, None], (8, 8), mode="replicate"), kernel[None, None])[:, 0]
        losses.append([a, k, rec, m, step(((out - smoothed) ** 2).mean(), smooth)])
        if batch == 0:
            tensors = [t for net in (e, d, c) for t in list(net.parameters()) + [b for name, b in net.named_buffers() if "tracked" not in name]]
            state = [float("%.12g" % v) for t in tensors for v in t.ravel().tolist()]
    return {"losses": losses, "state": state}


cases = {"reversal": (True, True, True), "gan": (False, False, False)}
print(json.dumps({"torch": torch.__version__, **{name: run(*case) for name, case in cases.items()}}))
