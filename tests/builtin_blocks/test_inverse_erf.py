import numpy as np
from scipy.special import erfinv

from archivolt_blocks.inverse_erf import inverse_erf


def test_it_is_the_inverse_to_single_precision():
    x = np.linspace(-0.9999, 0.9999, 20_001, dtype=np.float32)

    found = np.asarray(inverse_erf(x))

    np.testing.assert_allclose(found, erfinv(x.astype(np.float64)), rtol=2e-6, atol=1e-7)


def test_both_ends_are_finite_up_to_the_last_number_before_one():
    last = np.nextafter(np.float32(1), np.float32(0))

    found = np.asarray(inverse_erf(np.array([-last, 0.0, last], np.float32)))

    np.testing.assert_allclose(found, [-erfinv(last), 0.0, erfinv(last)], rtol=1e-5)
