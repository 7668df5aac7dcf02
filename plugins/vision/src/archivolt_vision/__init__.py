"""Pictures for Archivolt: image folders, augmentation, presets."""
