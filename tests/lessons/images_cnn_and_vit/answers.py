"""Right and wrong answers to the exercises of notebook 08 that its tasks do not bring themselves."""

import math

import numpy as np
import torch


def with_a_list(power, width_px, pixel_nm):
    rings = list(power)
    return width_px * pixel_nm / (rings.index(max(rings)) + 1)


def from_the_last_layer(kernels, strides):
    """Go back through the layers: how many places of each layer does one place of the next see?"""
    field = 1
    for kernel, stride in zip(kernels[::-1], strides[::-1], strict=True):
        field = (field - 1) * stride + kernel
    return field


def with_unfold(image, patch):
    image = torch.as_tensor(image)
    return image.unfold(0, patch, patch).unfold(1, patch, patch).reshape(-1, patch**2)


def in_two_loops(image, patch):
    rows, columns = np.shape(image)
    corners = [(i, j) for i in range(0, rows, patch) for j in range(0, columns, patch)]
    return [list(np.ravel(image[i : i + patch, j : j + patch])) for i, j in corners]


def through_the_stride_before(kernels, strides):
    field, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        field += (kernel - 1) * step
        step = stride
    return field


def through_doubled_steps(kernels, strides):
    field, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        field += (kernel - 1) * step
        if stride > 1:
            step *= 2
    return field


def through_added_strides(kernels, strides):
    field, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        field += (kernel - 1) * step
        step += stride - 1
    return field


def through_halves_of_kernels(kernels, strides):
    field, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        field += 2 * (kernel // 2) * step
        step *= stride
    return field


def pixels_in_order_of_brightness(image, patch):
    return np.sort(with_unfold(image, patch).numpy(), axis=1)


def in_a_table_of_whole_numbers(image, patch):
    rows = in_two_loops(image, patch)
    table = np.zeros((len(rows), patch**2), dtype=int)
    table[:] = rows
    return table


def after_the_slow_waves(power, width_px, pixel_nm):
    return width_px * pixel_nm / (3 + power[3:].argmax() + 1)


RIGHT = {
    "08.1": [with_a_list],
    "08.2": [from_the_last_layer],
    "08.3": [lambda n, solve_s, fit_s, predict_s: -(n * solve_s + fit_s) / (predict_s - solve_s)],
    "08.4": [with_unfold, in_two_loops],
}
WRONG = [
    ("08.1", after_the_slow_waves, "SLOW"),
    ("08.1", lambda p, w, nm: w * nm / (p[1:].argmax() + 2), "leave out ring 0"),
    ("08.1", lambda p, w, nm: 2 * len(p) * nm / (p.argmax() + 1), "odd number of pixels"),
    ("08.1", lambda p, w, nm: w * nm / (p[: len(p) // 2].argmax() + 1), "should be 1.6 nm"),
    ("08.1", lambda p, w, nm: w * nm / (p[:-1].argmax() + 1), "should be 1.6 nm"),
    ("08.1", lambda p, w, nm: w * nm / (p[3:].argmax() + 1), "counts from where the part begins"),
    ("08.2", through_halves_of_kernels, "even one"),
    ("08.2", through_the_stride_before, "product of the strides"),
    ("08.2", through_doubled_steps, "3 or 4 as well"),
    ("08.2", through_added_strides, "add the strides up"),
    ("08.2", lambda k, s: from_the_last_layer(k[::-1], s[::-1]), "begin with the first"),
    ("08.3", lambda n, s, f, p: math.ceil((n * s + f) / (s - p)), "rounded"),
    ("08.3", lambda n, s, f, p: round((n * s + f) / (s - p), 2), "rounded"),
    ("08.3", lambda n, s, f, p: int((n * s + f) / (s - p)), "cut off the decimals"),
    ("08.3", lambda n, s, f, p: (n * s + f) / (s - p) - n, "take them off the result"),
    ("08.4", lambda image, patch: with_unfold(image, patch).flip(0), "0, 1, 6, 7 and 2, 3, 8, 9"),
    ("08.4", pixels_in_order_of_brightness, "random grey values"),
    ("08.4", in_a_table_of_whole_numbers, "whole numbers"),
    ("08.4", lambda image, patch: with_unfold(image - image.min(), patch), "random grey values"),
]
