"""A stranger's mice, from tables of trials to a comparison of models."""


def test_models_are_told_apart_in_tables_of_known_minds(run):
    gains = run("own_mice")["gains"]
    assert gains.index.tolist() == ["Ada", "Bo", "Cy"] and "the last side" in gains
    # The oracle: animals that infer the block exactly, by a leaky average of sides, and not at all.
    best = gains.idxmax(axis=1)
    assert best["Ada"] == "Bayes, exact" and best["Bo"] == "average of sides"
    assert (gains.loc["Cy"] < 1).all() and gains.loc["Ada", "the last side"] < 40
