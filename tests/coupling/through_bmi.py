"""ISBA behind its own interface: the group `&model` of a namelist, for tests and benchmarks."""

from ldas.coupling.isba_bmi import IsbaBmi

BMI_MODEL = """&model
   name = 'bmi'
   library = 'ldas.coupling.isba_bmi:IsbaBmi'
   config_file = 'isba.nml'
   clock = 'time'
   balance = 'worst_water_residual', 'worst_energy_residual'
   time_step = 300
   outputs = {outputs}
   state = {state}
/
"""
ANALYSED = """   control = 'lai=lai', {controls}
   lower = 'lai_lower', 8*'wg_lower'
   upper = '', 8*'wg_upper'
   equivalents = 'ssm=wg2', 'lai=lai'
   screened = 'state_wgi[2]>1e-6', 'swe>0.1'
/
"""


def quoted(items):
    """Texts as a list of the namelist."""
    return ", ".join(f"'{item}'" for item in items)


def model_group(isba, outputs, analysed=False):
    """`&model` for the case of a namelist `isba`, with these outputs."""
    model = IsbaBmi()
    model.initialize(str(isba))
    state = [name for name in model.get_output_var_names() if name.startswith("state_")]
    group = BMI_MODEL.format(outputs=quoted(outputs), state=quoted(state))
    if not analysed:
        return group
    controls = quoted(f"wg{k}=state_wg[{k}]" for k in range(1, 9))
    return group.rstrip("/\n") + "\n" + ANALYSED.format(controls=controls)
