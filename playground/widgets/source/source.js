element.querySelector("code").textContent = props.code;
