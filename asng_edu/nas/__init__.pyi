from asng_edu.nas.data.augmentation import Augmentation as Augmentation
from asng_edu.nas.data.batches import Batches as Batches
from asng_edu.nas.data.datasets import Data as Data
from asng_edu.nas.data.datasets import Images as Images
from asng_edu.nas.data.datasets import load as load
from asng_edu.nas.drawing.draw import cell_figure as cell_figure
from asng_edu.nas.drawing.draw import draw_cell as draw_cell
from asng_edu.nas.runs.runner import run as run
from asng_edu.nas.spaces.cell_space import CellSpace as CellSpace
from asng_edu.nas.spaces.cell_space import chain as chain
from asng_edu.nas.spaces.genotype import Genotype as Genotype
from asng_edu.nas.spaces.size import count as count
from asng_edu.nas.spaces.size import widest as widest
from asng_edu.nas.supernet.network import Network as Network
from asng_edu.nas.supernet.operations import add_operation as add_operation
from asng_edu.nas.training.retrain import Retrain as Retrain
from asng_edu.nas.training.retrain import evaluate as evaluate
from asng_edu.nas.training.retrain_settings import RetrainSettings as RetrainSettings
from asng_edu.nas.training.search import Search as Search
from asng_edu.nas.training.settings import SearchSettings as SearchSettings

EXTRAS: dict[str, str]
