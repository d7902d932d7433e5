from asng_edu.blackbox import Bool as Bool
from asng_edu.blackbox import Choice as Choice
from asng_edu.blackbox import Evaluation as Evaluation
from asng_edu.blackbox import Result as Result
from asng_edu.blackbox import Space as Space
from asng_edu.blackbox import maximize as maximize
from asng_edu.blackbox import minimize as minimize
from asng_edu.distributions import Bernoulli as Bernoulli
from asng_edu.distributions import Categorical as Categorical
from asng_edu.distributions import Distribution as Distribution
from asng_edu.distributions import Gaussian as Gaussian
from asng_edu.distributions import Integer as Integer
from asng_edu.distributions import Product as Product
from asng_edu.distributions import Real as Real
from asng_edu.optimizers.adam import Adam as Adam
from asng_edu.optimizers.asng import ASNG as ASNG
from asng_edu.optimizers.base import Optimizer as Optimizer
from asng_edu.optimizers.evolution import Evolution as Evolution
from asng_edu.optimizers.random_search import RandomSearch as RandomSearch
from asng_edu.optimizers.reinforce import Reinforce as Reinforce
from asng_edu.optimizers.sng import SNG as SNG
from asng_edu.optimizers.state import Info as Info
from asng_edu.optimizers.weight_adaptive import WAASNG as WAASNG
from asng_edu.problems import SelectiveSquaredError as SelectiveSquaredError
from asng_edu.problems import Tabular as Tabular
from asng_edu.problems import read_table as read_table

__version__: str
