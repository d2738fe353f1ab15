"""The quantiser: hard forward, soft backward."""

import pytest
import torch

from gcdemo.networks.quantizer import make_centers, nearest_center, quantize, soft_assignment


@pytest.fixture
def centers():
    return make_centers(5)


def test_five_centers_are_the_papers(centers):
    assert centers.tolist() == [-2, -1, 0, 1, 2]


def test_quantising_twice_changes_nothing(centers):
    w = torch.randn(2, 3, 5, 7) * 2
    once = quantize(w, centers).w_hat
    assert torch.equal(quantize(once, centers).w_hat, once)


def test_the_nearest_center_is_chosen(centers):
    w = torch.randn(1000) * 2
    brute = (w[:, None] - centers).abs().argmin(dim=1)
    assert torch.equal(nearest_center(w, centers), brute)


def test_a_tie_goes_to_the_lower_center(centers):
    w = torch.tensor([-1.5, -0.5, 0.5, 1.5])
    assert nearest_center(w, centers).tolist() == [0, 1, 2, 3]


def test_the_gradient_is_that_of_the_soft_assignment(centers):
    w = (torch.randn(50, dtype=torch.float64) * 1.5).requires_grad_()
    exact = centers.double()
    (hard,) = torch.autograd.grad(quantize(w, exact, 1.5).w_hat.sum(), w)
    (soft,) = torch.autograd.grad((soft_assignment(w, exact, 1.5) * exact).sum(), w)
    torch.testing.assert_close(hard, soft)
    assert torch.autograd.gradcheck(
        lambda v: (soft_assignment(v, exact, 1.5) * exact).sum(-1), (w,)
    )


def test_forward_values_are_exactly_the_centers_while_training(centers):
    w = torch.randn(1000, requires_grad=True)
    w_hat, symbols = quantize(w, centers)
    torch.testing.assert_close(w_hat, centers[symbols], rtol=0, atol=1e-6)
