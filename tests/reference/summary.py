"""What torchinfo and torchsummary say of the original's network, for models/summary and `reslab summary --plain`.

    .venv/bin/python tests/reference/summary.py info BATCH    # JSON: torchinfo's totals for that batch
    .venv/bin/python tests/reference/summary.py plain         # torchsummary's table

Both are pure Python (pip install --target FOLDER --no-deps torchinfo==1.8.0 torchsummary==1.5.1, and PYTHONPATH=FOLDER).
What is kept: tests/reference/torchinfo.json (info 1 and info 512) and tests/reference/torchsummary.txt (plain). Exit code
3: the package isn't there.
"""

import json
import sys

import custom_resnet


def info(batch):
    import torchinfo

    network = custom_resnet.CustomResNet(softmax=False).eval()
    found = torchinfo.summary(network, input_size=(batch, 3, 32, 32), verbose=0)
    return {
        "batch": batch,
        "parameters": found.total_params,
        "trainable": found.trainable_params,
        "multiply_adds": found.total_mult_adds,
        "input_bytes": found.total_input,
        "activation_bytes": found.total_output_bytes,
        "parameter_bytes": found.total_param_bytes,
    }


def main():
    try:
        if sys.argv[1] == "info":
            print(json.dumps([info(int(batch)) for batch in sys.argv[2:]], indent=2))
        else:
            import torchsummary

            torchsummary.summary(custom_resnet.CustomResNet(softmax=False), (3, 32, 32), device="cpu")
    except ImportError as error:
        print(error)
        sys.exit(3)


if __name__ == "__main__":
    main()
