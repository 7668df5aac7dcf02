"""The Keras trainer of Archivolt and the model that it delivers."""
